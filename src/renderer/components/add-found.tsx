/** Somebody who can be added: who, under which name, and what adding means. */
import type { ReactElement } from 'react';
import type { AddText } from '../model/add-text.js';
import { displayName } from '../model/display-name.js';
import { idPhrase } from '../model/id-phrase.js';
import { useAppStore } from '../store/app-store.js';
import { call } from '../store/bridge.js';
import { useDraft, useMayChange, useTask } from '../store/hooks.js';
import { Button } from './button.js';
import { Fault } from './fault.js';
import { Field } from './field.js';

interface AddFoundProps {
  found: Extract<AddText, { kind: 'peer' }>;
  /** The text as it was pasted: the helper reads it anew. */
  target: string;
}

export function AddFound({ found: { id, name, wasBlocked }, target }: AddFoundProps): ReactElement {
  const task = `add ${id}`;
  const [typed, setTyped, forgetName] = useDraft(task, name);
  const setDraft = useAppStore((store) => store.setDraft);
  const say = useAppStore((store) => store.say);
  const mayChange = useMayChange();
  const { running } = useTask(task);

  const add = async (): Promise<void> => {
    const chosen = typed.trim();
    const params = chosen !== '' && chosen !== name ? { target, name: chosen } : { target };
    const added = await call(task, 'add-peer', params);
    if (added === null) return;
    forgetName();
    setDraft('add', null);
    say(`${displayName(added.peer)} added`);
  };

  return (
    <form
      className="add-found"
      aria-label="Add this device"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <p className="small">
        <span className="muted">Its words: </span>
        <span className="phrase-words">{idPhrase(id)}</span>
      </p>
      <Field
        label="Name, for you"
        placeholder="As it calls itself"
        maxLength={64}
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
        }}
        hint={`They can reach every port of this device, and you theirs, until you remove them.${wasBlocked ? ' You blocked this device; adding unblocks it.' : ''}`}
      />
      <div className="buttons">
        <Button look="primary" type="submit" disabled={!mayChange || running}>
          Add
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            setDraft('add', null);
          }}
        >
          Cancel
        </Button>
      </div>
      <Fault task={task} />
    </form>
  );
}
