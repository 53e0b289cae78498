/** Buttons: one shape, a look for each weight. */
import { Tooltip } from 'radix-ui';
import type { ComponentProps, ReactElement } from 'react';
import './button.css';

export type Look = 'primary' | 'plain' | 'quiet' | 'danger' | 'danger-now';

export function Button({ look = 'plain', ...rest }: ComponentProps<'button'> & { look?: Look }): ReactElement {
  return <button type="button" data-look={look} {...rest} className="button" />;
}

/** @param label its name for screen readers, and the tooltip for everybody else. */
export function IconButton({ label, ...rest }: ComponentProps<'button'> & { label: string }): ReactElement {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button type="button" aria-label={label} {...rest} className="icon-button" />
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tooltip" sideOffset={4} collisionPadding={8}>
          {label}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
