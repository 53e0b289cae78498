/** Renaming, blocking and removing a peer. */
import { useState, type ReactElement } from 'react';
import { Failure } from '../../shared/errors.js';
import { parseName } from '../../shared/peer-name.js';
import type { PeerStatus } from '../../shared/status.js';
import { useAppStore } from '../store/app-store.js';
import { call } from '../store/bridge.js';
import { useDraft, useMayChange, useTask } from '../store/hooks.js';
import { Button } from './button.js';
import { Confirm } from './confirm.js';
import { Fault } from './fault.js';
import { Field } from './field.js';

export function PeerActions({ peer, name }: { peer: PeerStatus; name: string }): ReactElement {
  const { id } = peer;
  const task = `peer ${id}`;
  const open = useAppStore((store) => store.open);
  const mayChange = useMayChange();
  const remove = async (): Promise<void> => {
    const removed = await call(task, 'remove-peer', { peer: id });
    if (removed !== null) open({ kind: 'home' });
  };
  return (
    <section className="card group" aria-label="Change">
      <Rename id={id} name={name} />
      <div className="buttons">
        {peer.state !== 'blocked' && (
          <Confirm
            trigger={<Button disabled={!mayChange}>Block…</Button>}
            title={`Block ${name}?`}
            text="It is disconnected, cannot reach this device any more, and you won’t hear from it. You can unblock it here."
            action="Block"
            onConfirm={() => void call(task, 'block-peer', { peer: id })}
          />
        )}
        <Confirm
          trigger={
            <Button look="danger" disabled={!mayChange}>
              Remove…
            </Button>
          }
          title={`Remove ${name}?`}
          text="You can’t reach each other any more. To connect again, both of you have to add the other."
          action="Remove"
          onConfirm={() => void remove()}
        />
      </div>
      <Fault task={task} />
    </section>
  );
}

function Rename({ id, name }: { id: string; name: string }): ReactElement {
  const task = `rename ${id}`;
  const [typed, setTyped, forget] = useDraft(task, name);
  const [fault, setFault] = useState<string | null>(null);
  const mayChange = useMayChange();
  const { running, error } = useTask(task);
  const rename = async (): Promise<void> => {
    const wrong = nameFault(typed);
    setFault(wrong);
    if (wrong !== null) return;
    const done = await call(task, 'rename-peer', { peer: id, name: typed });
    if (done !== null) forget();
  };
  return (
    <form
      className="field-with-button"
      onSubmit={(event) => {
        event.preventDefault();
        void rename();
      }}
    >
      <Field
        label="Name, for you"
        value={typed}
        disabled={!mayChange}
        fault={fault ?? error}
        onChange={(event) => {
          setFault(null);
          setTyped(event.target.value);
        }}
      />
      <Button type="submit" disabled={!mayChange || running || typed.trim() === name}>
        Rename
      </Button>
    </form>
  );
}

/** Why this cannot be a name; null where it can. */
function nameFault(typed: string): string | null {
  try {
    parseName(typed);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
