/** The headline: how things are, the switch, and the one action that helps. */
import { Power } from 'lucide-react';
import { Switch } from 'radix-ui';
import { useState, type ReactElement } from 'react';
import { headline, type HeroAction } from '../model/headline.js';
import { act, call } from '../store/bridge.js';
import { useApp, useMayChange, useTask } from '../store/hooks.js';
import { Button } from './button.js';
import './hero.css';
import { Fault } from './fault.js';
import { NewIdentity } from './new-identity.js';
import { ReplaceService } from './replace-service.js';
import { RayArt } from './ray-mark.js';
import { ServiceNote } from './service-note.js';

export function Hero(): ReactElement {
  const app = useApp();
  const { tone, title, detail, toggle, action } = headline(app);
  return (
    <section className="hero" data-tone={tone} aria-label="Connection">
      <RayArt />
      <div className="hero-head">
        <h1 aria-live="polite">{title}</h1>
        {toggle !== null && <PowerSwitch on={toggle.on} label={toggle.label} />}
        {/* Who of the peers comes and goes while all is well is not read out each time. */}
        <p className="hero-detail" aria-live={tone === 'on' ? 'off' : 'polite'}>
          {detail}
        </p>
      </div>
      {app.link.kind !== 'connected' && <ServiceNote task={app.service} />}
      {action !== null && (
        <div className="buttons">
          <HeroButton action={action} />
        </div>
      )}
      <Fault task="power" />
    </section>
  );
}

function PowerSwitch({ on, label }: { on: boolean; label: string }): ReactElement {
  const mayChange = useMayChange();
  const { running } = useTask('power');
  const [wanted, setWanted] = useState(on);
  const change = (next: boolean): void => {
    setWanted(next);
    void call('power', next ? 'up' : 'down', {});
  };
  return (
    <Switch.Root
      className="power"
      aria-label={label}
      checked={running ? wanted : on}
      disabled={!mayChange}
      onCheckedChange={change}
    >
      <Switch.Thumb className="power-thumb">
        <Power size={15} strokeWidth={2.6} aria-hidden="true" />
      </Switch.Thumb>
    </Switch.Root>
  );
}

function HeroButton({ action }: { action: HeroAction }): ReactElement | null {
  const mayChange = useMayChange();
  const { running } = useTask('power');
  const busy = useApp().service.kind === 'running';
  const plain = (disabled: boolean, run: () => void): ReactElement => (
    <Button look="primary" disabled={disabled} onClick={run}>
      {action.label}
    </Button>
  );
  switch (action.kind) {
    case 'start-service':
      return plain(busy, () => void act('start-service', {}));
    case 'replace-service':
      return <ReplaceService label={action.label} disabled={busy} />;
    case 'new-identity':
      return mayChange ? <NewIdentity label={action.label} /> : null;
    case 'up':
      return mayChange ? plain(running, () => void call('power', 'up', {})) : null;
    case 'allow-ipv6-only': {
      const allow = { key: 'ipv6-only', value: 'auto' } as const;
      return mayChange ? plain(running, () => void call('power', 'set-setting', allow)) : null;
    }
  }
}
