/** node_modules, brought to what package-lock.json says and left alone where it already is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must, root } from './step.mjs';

/**
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean }} LockedPackage
 * @typedef {{ packages: Record<string, LockedPackage> }} Lockfile
 */

/** @param {import('./builder.mjs').Builder} builder */
export async function provideNpmPackages(builder) {
  const locked = lockfile('package-lock.json');
  const installed = lockfile('node_modules/.package-lock.json');
  if (locked && installed && isCurrent(locked, installed)) return;
  await must('Installing npm packages', ['npm', 'ci', '--loglevel=error'], builder);
}

/**
 * A program that an npm package brings.
 * @param {string} name
 */
export function tool(name) {
  return join(root, 'node_modules', '.bin', name);
}

/**
 * Whether everything locked is installed in its version. Optional packages may be absent: most are for other systems.
 * @param {Lockfile} locked
 * @param {Lockfile} installed npm's own record of what it put into node_modules
 */
export function isCurrent(locked, installed) {
  return Object.entries(locked.packages).every(([path, wanted]) => {
    const found = installed.packages[path];
    if (path === '') return true;
    if (found === undefined) return wanted.optional === true || wanted.devOptional === true;
    return found.version === wanted.version;
  });
}

/**
 * @param {string} file
 * @returns {Lockfile | null} null where there is none to read
 */
function lockfile(file) {
  try {
    /** @type {unknown} */
    const content = JSON.parse(readFileSync(join(root, file), 'utf8'));
    return /** @type {Lockfile} */ (content);
  } catch {
    return null;
  }
}
