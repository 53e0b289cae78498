/** The way out when something else answers in the background service's place, or another version of it. */
import type { ReactElement } from 'react';
import { act } from '../store/bridge.js';
import { Button } from './button.js';
import { Confirm } from './confirm.js';

export function ReplaceService({ label, disabled }: { label: string; disabled: boolean }): ReactElement {
  return (
    <Confirm
      trigger={
        <Button look="primary" disabled={disabled}>
          {label}
        </Button>
      }
      title="Set up the background service again?"
      text="This app’s own service takes the place of what is there now. Your ID and your peers are kept. Your system asks for an administrator."
      action="Set it up"
      look="primary"
      onConfirm={() => void act('start-service', {})}
    />
  );
}
