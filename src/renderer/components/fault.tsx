/** Why the last try failed, where it was tried. */
import type { ReactElement } from 'react';
import { useTask } from '../store/hooks.js';

export function Fault({ task }: { task: string }): ReactElement | null {
  const { error } = useTask(task);
  if (error === null) return null;
  return (
    <p className="fault anywhere" role="alert">
      {error}
    </p>
  );
}
