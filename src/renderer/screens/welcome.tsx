/** The first minutes: what this is, what this device is called, and the first friend. */
import type { ReactElement, ReactNode } from 'react';
import { AddField } from '../components/add-field.js';
import { Button } from '../components/button.js';
import { DeviceCard } from '../components/device-card.js';
import { Fault } from '../components/fault.js';
import { Field } from '../components/field.js';
import { PeerList } from '../components/peer-list.js';
import { RayMark } from '../components/ray-mark.js';
import { Requests } from '../components/requests.js';
import { ServiceNote } from '../components/service-note.js';
import type { WelcomeStep } from '../model/welcome-step.js';
import { useAppStore } from '../store/app-store.js';
import { act, call } from '../store/bridge.js';
import { useApp, useDraft, useTask } from '../store/hooks.js';
import './welcome.css';

const steps: readonly WelcomeStep[] = ['service', 'name', 'friend'];

export function Welcome({ step }: { step: WelcomeStep }): ReactElement {
  return (
    <main className="welcome">
      <div className="welcome-box">
        <div className="welcome-mark">
          <RayMark size={40} />
        </div>
        {step === 'service' && <Service />}
        {step === 'name' && <Name />}
        {step === 'friend' && <Friend />}
        <p className="welcome-steps" role="img" aria-label={`Step ${steps.indexOf(step) + 1} of ${steps.length}`}>
          {steps.map((each) => (
            <span key={each} data-now={each === step} />
          ))}
        </p>
      </div>
    </main>
  );
}

function Title({ title, children }: { title: string; children: ReactNode }): ReactElement {
  return (
    <>
      <h1>{title}</h1>
      <p className="muted welcome-text">{children}</p>
    </>
  );
}

function Service(): ReactElement {
  const { service, link } = useApp();
  const installed = link.kind === 'stopped';
  return (
    <>
      <Title title="Your devices, directly">
        Rayfish lets two devices reach each other wherever they are: encrypted, without an account.
      </Title>
      <div className="welcome-why">
        <p>
          {installed
            ? 'Its background service is installed and not running. Starting it asks for an administrator once.'
            : 'A small background service makes the private network connection. Installing it asks for an administrator once, and never again.'}
        </p>
      </div>
      <ServiceNote task={service} />
      <Button look="primary" disabled={service.kind === 'running'} onClick={() => void act('start-service', {})}>
        {installed ? 'Start the background service' : 'Install the background service'}
      </Button>
      <Fault task="start-service" />
    </>
  );
}

function Name(): ReactElement {
  const current = useApp().status?.name ?? '';
  const [typed, setTyped] = useDraft('welcome name', current);
  const [, setNamed] = useDraft('welcome named');
  const { running, error } = useTask('setting name');
  const next = async (): Promise<void> => {
    const done =
      typed.trim() === current || (await call('setting name', 'set-setting', { key: 'name', value: typed })) !== null;
    if (done) setNamed('yes');
  };
  return (
    <form
      className="welcome-form"
      onSubmit={(event) => {
        event.preventDefault();
        void next();
      }}
    >
      <Title title="Name this device">The service is running. What should your friends see?</Title>
      <Field
        label="Name"
        autoFocus
        value={typed}
        fault={error}
        hint="You can change it later."
        onChange={(event) => {
          setTyped(event.target.value);
        }}
      />
      <Button look="primary" type="submit" disabled={running}>
        Continue
      </Button>
    </form>
  );
}

function Friend(): ReactElement {
  const { status } = useApp();
  const setDraft = useAppStore((store) => store.setDraft);
  const some = (status?.peers.length ?? 0) > 0;
  const done = async (): Promise<void> => {
    await act('set-app-setting', { welcomed: true });
    setDraft('welcome named', null);
    setDraft('welcome name', null);
  };
  return (
    <>
      <Title title={some ? 'You’re set' : 'Add a friend'}>
        {some
          ? 'You’ll be connected as soon as they added you too.'
          : 'Send them your invite and paste theirs. Both of you add the other, so nobody gets in unasked.'}
      </Title>
      <DeviceCard />
      <Requests />
      <div className="peers">
        <AddField />
        {some && <PeerList />}
      </div>
      <Button look={some ? 'primary' : 'quiet'} onClick={() => void done()}>
        {some ? 'Done' : 'Do this later'}
      </Button>
    </>
  );
}
