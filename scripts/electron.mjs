/** Today's Electron, which the app runs in: the one ELECTRON_OVERRIDE_DIST_PATH names, else a download. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StepFailure, root, step } from './step.mjs';

const program = process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron';
const install = join(root, 'node_modules', 'electron', 'install.js');

/**
 * Sees to it that npm's `electron` command has something to run.
 * @param {import('./builder.mjs').Builder} builder
 * @throws {StepFailure} saying what to do
 */
export async function provideElectron(builder) {
  const named = builder.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '';
  if (named !== '') {
    if (existsSync(join(named, program))) return;
    throw new StepFailure(`There is no Electron in ${named}, which ELECTRON_OVERRIDE_DIST_PATH names.`);
  }
  // npm runs no install scripts here, this one neither. Where it was run already, it does nothing.
  const { passed } = await step('Looking for Electron; the first time it is downloaded', ['node', install], builder);
  if (passed) return;
  throw new StepFailure(
    'Electron is missing and could not be downloaded from github.com: try again with a connection, or unpack its ' +
      'release elsewhere and name that directory in ELECTRON_OVERRIDE_DIST_PATH.',
  );
}
