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
import { RayArt } from './ray-mark.js';
import { ServiceNote } from './service-note.js';

export function Hero(): ReactElement {
  const app = useApp();
  const { tone, title, detail, toggle, action } = headline(app);
  return (
    <section className="hero" data-tone={tone} aria-label="Connection">
      <RayArt />
      <div className="hero-head">
        <h1>{title}</h1>
        {toggle !== null && <PowerSwitch on={toggle.on} label={toggle.label} />}
        <p className="hero-detail" role="status">
          {detail}
        </p>
      </div>
      {app.link.kind !== 'connected' && <ServiceNote task={app.service} />}
      {action !== null && <HeroButton action={action} />}
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
  if (action.kind === 'start-service') return <StartService label={action.label} disabled={busy} />;
  if (!mayChange) return null;
  if (action.kind === 'new-identity') return <NewIdentity label={action.label} />;
  const run = async (): Promise<void> => {
    if (action.kind === 'up') await call('power', 'up', {});
    else await call('power', 'set-setting', { key: 'ipv6-only', value: 'auto' });
  };
  return (
    <div className="buttons">
      <Button look="primary" disabled={running} onClick={() => void run()}>
        {action.label}
      </Button>
    </div>
  );
}

function StartService({ label, disabled }: { label: string; disabled: boolean }): ReactElement {
  return (
    <div className="buttons">
      <Button look="primary" disabled={disabled} onClick={() => void act('start-service', {})}>
        {label}
      </Button>
    </div>
  );
}
