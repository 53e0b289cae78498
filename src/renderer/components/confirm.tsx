/** A question before something that cannot simply be undone: what happens, then the two answers. */
import { AlertDialog } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import { Button, type Look } from './button.js';
import './dialog.css';

interface ConfirmProps {
  trigger: ReactNode;
  title: string;
  text: string;
  /** The verb on the button that does it. */
  action: string;
  look?: Look;
  onConfirm: () => void;
}

export function Confirm({ trigger, title, text, action, look = 'danger-now', onConfirm }: ConfirmProps): ReactElement {
  return (
    <AlertDialog.Root>
      <AlertDialog.Trigger asChild>{trigger}</AlertDialog.Trigger>
      <AlertDialog.Portal>
        {/* Radix's own overlay writes a style element, which the page's policy forbids. */}
        <div className="scrim" />
        <AlertDialog.Content className="dialog" aria-modal="true">
          <AlertDialog.Title className="anywhere">{title}</AlertDialog.Title>
          <AlertDialog.Description className="muted anywhere">{text}</AlertDialog.Description>
          <div className="buttons">
            <AlertDialog.Cancel asChild>
              <Button>Cancel</Button>
            </AlertDialog.Cancel>
            <AlertDialog.Action asChild>
              <Button look={look} onClick={onConfirm}>
                {action}
              </Button>
            </AlertDialog.Action>
          </div>
        </AlertDialog.Content>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
