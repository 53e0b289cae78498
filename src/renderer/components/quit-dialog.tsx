/** Quitting asks: the tunnel is the service's, and stays up unless told otherwise. */
import type { ReactElement } from 'react';
import { useAppStore } from '../store/app-store.js';
import { act } from '../store/bridge.js';
import { useApp, useMayChange } from '../store/hooks.js';
import { Button } from './button.js';
import { Dialog } from './dialog.js';

export function QuitDialog(): ReactElement {
  const { status } = useApp();
  const open = useAppStore(({ dialog }) => dialog === 'quit');
  const show = useAppStore((store) => store.showDialog);
  const on = useMayChange() && status?.state === 'up';
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        show(next ? 'quit' : null);
      }}
      title="Quit Rayfish?"
      text={
        on
          ? 'Your peers stay connected without the app. You won’t be told of requests until you open it again.'
          : 'You won’t be told of requests until you open it again.'
      }
    >
      <div className="buttons">
        {on && <Button onClick={() => void act('quit', { turnOff: true })}>Turn off and quit</Button>}
        <Button look="primary" onClick={() => void act('quit', { turnOff: false })}>
          {on ? 'Quit, stay connected' : 'Quit'}
        </Button>
      </div>
    </Dialog>
  );
}
