/** Names that survive a power cut. */
import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Makes what was created, renamed or removed in a directory lasting. @throws the system's error */
export function syncDirectory(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
