/** Root's own copy of the service: put in place, replaced and removed as a whole. */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../shared/errors.js';
import { copyBundle, readManifest } from './bundle.js';
import { diskFailure } from './disk.js';
import { serviceNames, type ServiceLayout } from './layout.js';
import { assertOnlyRootCanChange, type Trust } from './trust.js';

/** A new copy that is in place, beside what was there before. */
export interface Placement {
  /** It works: removes every other copy. */
  keep(): void;
  /** It does not: what was there before is the current one again. @returns whether there was anything */
  undo(): boolean;
}

/**
 * Copies a bundle to its place, makes it the current one in one step and writes the definition that runs it.
 * @throws Failure `bundle-refused` or `service-failed`; what was installed before is then still installed
 */
export function placeCopy(bundle: string, layout: ServiceLayout, trust: Trust): Placement {
  const { home, current, definition } = layout;
  const manifest = readManifest(bundle);
  if (manifest === null) throw new Failure('bundle-refused', `${bundle} is not a complete service.`);
  const before = currentCopy(layout);
  const textBefore = existsSync(definition) ? readFileSync(definition) : null;
  const copy = join(home, `${manifest.version}-${randomBytes(6).toString('hex')}`);
  try {
    mkdirSync(home, { recursive: true, mode: 0o755 });
    assertOnlyRootCanChange(home, trust);
    copyBundle(bundle, copy);
    const text = readFileSync(join(copy, 'share', serviceNames[layout.platform].definition));
    point(layout, copy);
    // Last: where it fails, the definition is still the one from before.
    define(layout, text);
  } catch (error) {
    if (before !== null) point(layout, before);
    else rmSync(current, { force: true });
    rmSync(copy, { recursive: true, force: true });
    throw diskFailure(error, home);
  }
  offerCommand(layout);
  const keep = (): void => {
    removeOthers(layout, [copy, bundle]);
  };
  const undo = (): boolean => {
    if (before === null || textBefore === null) return false;
    point(layout, before);
    define(layout, textBefore);
    removeOthers(layout, [before, bundle]);
    return true;
  };
  return { keep, undo };
}

/** The directory of the copy in use, or null. */
export function currentCopy({ current }: ServiceLayout): string | null {
  return existsSync(current) ? realpathSync(current) : null;
}

/** Removes every copy, the definition and the command; what others put in their place stays. */
export function removeCopy(layout: ServiceLayout): void {
  rmSync(layout.definition, { force: true });
  if (linksTo(layout.command) === commandTarget(layout)) rmSync(layout.command);
  rmSync(layout.home, { recursive: true, force: true });
}

/** Removes what the helper stored; with `keepIdentity` all but who this machine is, whom it knows and its settings. */
export function removeState({ stateDir }: ServiceLayout, keepIdentity: boolean): void {
  if (!keepIdentity) {
    rmSync(stateDir, { recursive: true, force: true });
    return;
  }
  if (!existsSync(stateDir)) return;
  const kept = ['identity.json', 'peers.json', 'settings.json'];
  for (const name of readdirSync(stateDir)) {
    if (!kept.includes(name)) rmSync(join(stateDir, name), { recursive: true, force: true });
  }
}

/** Makes a copy the current one, in one step. */
function point({ current }: ServiceLayout, copy: string): void {
  replace(current, (path) => {
    symlinkSync(basename(copy), path);
  });
}

function define({ definition }: ServiceLayout, text: Buffer): void {
  mkdirSync(dirname(definition), { recursive: true });
  replace(definition, (path) => {
    writeFileSync(path, text, { mode: 0o644, flag: 'wx', flush: true });
    chmodSync(path, 0o644);
  });
}

function replace(path: string, make: (temporary: string) => void): void {
  const temporary = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    make(temporary);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** `rayfish` in every terminal, unless there is another one already. */
function offerCommand(layout: ServiceLayout): void {
  const { command } = layout;
  const taken = lstatSync(command, { throwIfNoEntry: false }) !== undefined;
  if (!taken && existsSync(dirname(command))) symlinkSync(commandTarget(layout), command);
}

function commandTarget({ current }: ServiceLayout): string {
  return join(current, 'bin', 'rayfish');
}

function linksTo(path: string): string | null {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true ? readlinkSync(path) : null;
}

/** Earlier copies, and what an interrupted installation left. */
function removeOthers({ home, current }: ServiceLayout, kept: readonly string[]): void {
  for (const name of readdirSync(home)) {
    const path = join(home, name);
    if (path !== current && !kept.includes(path)) rmSync(path, { recursive: true, force: true });
  }
}
