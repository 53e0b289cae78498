/** Removing everything also when somebody stops the run. */
import { whenReaderGone } from '../scripts/command-line.mjs';
import { Process } from './process.js';
import type { Workspace } from './workspace.js';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * On the first signal, or when nobody reads what it says any more, removes the workspace (unless it is kept) and ends; a second
 * one does not disturb that.
 */
export function removeOnSignal(workspace: Workspace): void {
  let removing = false;
  const remove = (code: number): void => {
    if (workspace.isKept) process.exit(code);
    if (removing) return;
    removing = true;
    process.stderr.write('\nStopping: removing everything this run made.\n');
    // Before: one that is just being started is in no namespace yet and would not be found there.
    Process.killAll();
    void workspace.remove().finally(() => process.exit(code));
  };
  for (const [signal, code] of Object.entries(exitCodes)) {
    process.on(signal, () => {
      remove(code);
    });
  }
  whenReaderGone(remove);
}
