/** Why the last try failed, where it was tried. */
import { useEffect, useRef, type ReactElement } from 'react';
import { useTask } from '../store/hooks.js';

export function Fault({ task }: { task: string }): ReactElement | null {
  const { error } = useTask(task);
  const said = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (error !== null) said.current?.scrollIntoView({ block: 'nearest' });
  }, [error]);
  if (error === null) return null;
  return (
    <p ref={said} className="fault anywhere" role="alert">
      {error}
    </p>
  );
}
