/** The Electron there is to test in. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { builder } from '../../scripts/builder.mjs';
import { testElectron } from '../../scripts/test-electron.mjs';

export interface Electron {
  program: string;
  /** Older than what the app is made for: it is compiled down for it. */
  old: boolean;
}

/** From here on the app runs as it is built. */
const oldestMajor = 40;

/** Why there is none, or null. */
export function missingElectron(): string | null {
  if (testElectron(builder()) !== null) return null;
  return 'THERE IS NO ELECTRON to run the app in: set ELECTRON_OVERRIDE_DIST_PATH, or let npm test fetch the one for tests';
}

/** @throws Error where `missingElectron` says why. */
export async function electron(): Promise<Electron> {
  const directory = testElectron(builder());
  if (directory === null) throw new Error(missingElectron() ?? 'there is no Electron');
  const version = await readFile(join(directory, 'version'), 'utf8');
  return { program: join(directory, 'electron'), old: Number.parseInt(version.replace(/^v/, ''), 10) < oldestMajor };
}
