/** Removing everything also when somebody stops the run. */
import type { Workspace } from './workspace.js';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** On the first signal removes the workspace and ends; a second one does not disturb that. */
export function removeOnSignal(workspace: Workspace): void {
  let removing = false;
  for (const [signal, code] of Object.entries(exitCodes)) {
    process.on(signal, () => {
      if (removing) return;
      removing = true;
      process.stderr.write('\nStopping: removing everything this run made.\n');
      void workspace.remove().finally(() => process.exit(code));
    });
  }
}
