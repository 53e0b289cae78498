/** The way out when the identity is lost for good. */
import type { ReactElement } from 'react';
import { call } from '../store/bridge.js';
import { Button } from './button.js';
import { Confirm } from './confirm.js';

export function NewIdentity({ label }: { label: string }): ReactElement {
  return (
    <Confirm
      trigger={<Button look="primary">{label}</Button>}
      title="Make a new identity?"
      text="This device gets a new ID and new addresses. Everybody you know has to add the new ID before you can reach each other again. The old identity is gone for good."
      action="Make a new identity"
      onConfirm={() => void call('power', 'reset-identity', {})}
    />
  );
}
