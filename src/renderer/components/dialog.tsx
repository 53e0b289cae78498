/** A dialog with a title and a way out. */
import { X } from 'lucide-react';
import { Dialog as Primitive } from 'radix-ui';
import { useRef, type ReactElement, type ReactNode } from 'react';
import { IconButton } from './button.js';
import './dialog.css';

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  /** Said under the title. */
  text: string;
  children: ReactNode;
}

export function Dialog({ open, onOpenChange, title, text, children }: DialogProps): ReactElement {
  const opener = useRef<Element | null>(null);
  // Not the first button: a closing cross is nothing to begin with.
  const focusWhole = (event: Event): void => {
    event.preventDefault();
    opener.current = document.activeElement;
    if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
  };
  // It opens from the store, so the library knows of no trigger to go back to.
  const giveBack = (event: Event): void => {
    event.preventDefault();
    if (opener.current instanceof HTMLElement) opener.current.focus();
  };
  return (
    <Primitive.Root open={open} onOpenChange={onOpenChange}>
      <Primitive.Portal>
        <div className="scrim" />
        <Primitive.Content className="dialog" onOpenAutoFocus={focusWhole} onCloseAutoFocus={giveBack}>
          <div className="dialog-head">
            <Primitive.Title>{title}</Primitive.Title>
            <Primitive.Close asChild>
              <IconButton label="Close">
                <X size={18} aria-hidden="true" />
              </IconButton>
            </Primitive.Close>
          </div>
          <Primitive.Description className="muted">{text}</Primitive.Description>
          {children}
        </Primitive.Content>
      </Primitive.Portal>
    </Primitive.Root>
  );
}
