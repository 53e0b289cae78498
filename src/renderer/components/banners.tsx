/** Every warning, and what else the owner should know, one banner each. */
import type { ReactElement } from 'react';
import { warningView, type WarningView } from '../model/warning-words.js';
import { act, call } from '../store/bridge.js';
import { useApp, useMayChange } from '../store/hooks.js';
import { Banner } from './banner.js';
import { Button } from './button.js';
import { ServiceNote } from './service-note.js';

/** @param calm those that may wait below, or those that may not. */
export function Banners({ calm }: { calm: boolean }): ReactElement {
  const { link, status, trayless } = useApp();
  const warnings = (status?.warnings ?? []).map(warningView).filter((view) => view.calm === calm);
  return (
    <>
      {!calm && link.kind === 'connected' && link.level === 'anyone' && <ReadOnly />}
      {warnings.map((view) => (
        <WarningBanner key={view.key} view={view} />
      ))}
      {calm && trayless && (
        <Banner title="This desktop has no tray" calm>
          <p>Rayfish goes on when you close this window. Open it again from your applications.</p>
        </Banner>
      )}
    </>
  );
}

function WarningBanner({ view }: { view: WarningView }): ReactElement {
  const mayChange = useMayChange();
  const { code, title, message, calm, dismissable } = view;
  const dismiss = (
    <Button onClick={() => void call(`dismiss ${code}`, 'dismiss-warning', { code })} disabled={!mayChange}>
      I’ve seen to it
    </Button>
  );
  return (
    <Banner title={title} calm={calm} {...(dismissable ? { actions: dismiss } : {})}>
      <p className="anywhere">{message}</p>
    </Banner>
  );
}

function ReadOnly(): ReactElement {
  const { service } = useApp();
  return (
    <Banner
      title="You can look, but not change anything"
      calm
      actions={
        <Button disabled={service.kind === 'running'} onClick={() => void act('start-service', {})}>
          Allow me to
        </Button>
      }
    >
      <p>Somebody else set up Rayfish on this device. An administrator can let you control it too.</p>
      <ServiceNote task={service} />
    </Banner>
  );
}
