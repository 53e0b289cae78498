/** For a user's process, the app: whether there is a service, and the one command that brings it about. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packBundle } from './archive.js';
import { bundleFiles, readManifest } from './bundle.js';
import { currentCopy } from './copy.js';
import { diskFailure } from './disk.js';
import { serviceLayout, type ServiceLayout } from './layout.js';
import { copyAndInstallCommand, installedCommand, typedCommand } from './prompted-command.js';
import { defaultStagingDirectory, makeStaging, removeLeftovers } from './staging.js';
import { changeableBySomebody, rootOnly, type Trust } from './trust.js';

/** Whether there is a service that could run; asked where no helper answers, to tell `stopped` from `not-installed`. */
export function isServiceInstalled(layout: ServiceLayout = serviceLayout()): boolean {
  return [layout.definition, layout.packagedDefinition].some((path) => path !== null && existsSync(path));
}

export interface PreparedInstallation {
  /**
   * Installs, upgrades or starts the service, whichever is missing, and makes this user an operator. For root's
   * shell: give it to the administrator prompt.
   */
  command: string;
  /** What a person types where nobody can be asked: does the same, and needs nothing that was prepared. */
  terminalCommand: string;
  /** Removes what was prepared; call it when the command has ended, or nobody could be asked. */
  dispose(): Promise<void>;
}

export interface InstallerOptions {
  layout?: ServiceLayout;
  trust?: Trust;
  /** Who becomes an operator, where the prompt does not say by itself (macOS). */
  uid?: number;
  /** Where the prepared file lies, in a directory of its own. */
  stagingDirectory?: string;
}

/**
 * Prepares the command. What only root can change is run where it is: the bundle of a deb or rpm, or root's copy of
 * this same bundle; anything else is packed for the command to copy and compare first.
 * @param bundle directory of the app's own bundle (`resources/service`)
 * @throws Failure `bundle-refused`, or the system's error
 */
export async function prepareInstallation(
  bundle: string,
  {
    layout = serviceLayout(),
    trust = rootOnly,
    uid = process.getuid?.() ?? 0,
    stagingDirectory = defaultStagingDirectory,
  }: InstallerOptions = {},
): Promise<PreparedInstallation> {
  const terminalCommand = typedCommand(bundle);
  const copy = currentCopy(layout);
  for (const place of [bundle, ...(copy !== null && isSameBundle(bundle, copy) ? [copy] : [])]) {
    const command = isRootsAlone(place, trust) ? installedCommand(place, layout.platform, uid) : null;
    if (command !== null) return { command, terminalCommand, dispose: () => Promise.resolve() };
  }
  await removeLeftovers(stagingDirectory);
  const staging = await makeStaging(stagingDirectory);
  const dispose = (): Promise<void> => rm(staging.directory, { recursive: true, force: true });
  try {
    const archive = await packBundle(bundle, staging.archive);
    const token = randomBytes(8).toString('hex');
    return { command: copyAndInstallCommand(layout, archive, token, uid), terminalCommand, dispose };
  } catch (error) {
    await dispose();
    throw diskFailure(error, stagingDirectory);
  }
}

/** By what they say they are, and by their files: one that was damaged is installed anew. */
function isSameBundle(one: string, other: string): boolean {
  const build = readManifest(one)?.build;
  if (build === undefined || readManifest(other)?.build !== build) return false;
  const files = (directory: string): string =>
    bundleFiles(directory)
      .map(({ path, size }) => `${path} ${size}`)
      .join('\n');
  try {
    return files(one) === files(other);
  } catch {
    return false;
  }
}

/** Every file of it, and every directory above. */
function isRootsAlone(bundle: string, trust: Trust): boolean {
  const paths = bundleFiles(bundle).map(({ path }) => join(bundle, path));
  return paths.every((path) => changeableBySomebody(path, trust) === null);
}
