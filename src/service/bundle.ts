/** A service bundle: everything root runs, as one directory with its own Node. What may be in it, and copying it. */
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readdirSync,
  realpathSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { Failure } from '../shared/errors.js';
import { syncDirectory } from '../shared/sync-directory.js';

const manifestSchema = z.object({
  version: z.string().regex(/^[0-9A-Za-z.+-]{1,64}$/),
  /** SHA-256 over all files: two bundles with the same one are the same. */
  build: z.string().regex(/^[0-9a-f]{64}$/),
});
export type BundleManifest = z.infer<typeof manifestSchema>;

export const manifestName = 'bundle.json';

export interface BundleFile {
  /** Relative to the bundle, with slashes. */
  path: string;
  /** Bytes. */
  size: number;
  executable: boolean;
}

/** The bundle this program is part of, or the one a checkout has built; null where there is neither. */
export function ownBundle(moduleUrl: string): string | null {
  // This program runs from dist/, of either.
  for (const candidate of ['..', '../build/service']) {
    const directory = fileURLToPath(new URL(candidate, moduleUrl));
    if (existsSync(join(directory, manifestName))) return realpathSync(directory);
  }
  return null;
}

/** @returns null where there is no readable bundle */
export function readManifest(directory: string): BundleManifest | null {
  try {
    const parsed = manifestSchema.safeParse(JSON.parse(readFileSync(join(directory, manifestName), 'utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/**
 * Every file of a bundle, sorted by path.
 * @throws Failure `bundle-refused` for a link, a device, a setuid or shared-writable file, a strange name, or too much
 */
export function bundleFiles(directory: string): BundleFile[] {
  const files = [...walk(directory, '')].sort((a, b) => (a.path < b.path ? -1 : 1));
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (files.length > limits.files || total > limits.bytes) throw refused(directory, 'it is too large');
  return files;
}

/**
 * Copies a bundle into a directory that does not exist yet; the copy belongs to who runs this, and only they can
 * change it. Afterwards it survives a power cut.
 * @throws Failure `bundle-refused`, also where a file changes while it is copied
 */
export function copyBundle(from: string, to: string): void {
  mkdirSync(to, { mode: 0o700 });
  const directories = new Set([to]);
  for (const file of bundleFiles(from)) {
    const parts = file.path.split('/').slice(0, -1);
    for (const [at] of parts.entries()) {
      const directory = join(to, ...parts.slice(0, at + 1));
      if (!directories.has(directory)) mkdirSync(directory, { mode: 0o755 });
      directories.add(directory);
    }
    copyFile(join(from, file.path), join(to, file.path), file);
  }
  for (const directory of [...directories].reverse()) {
    // Explicitly: whatever the umask left of the mode, everybody may read, one may write.
    chmodSync(directory, 0o755);
    syncDirectory(directory);
  }
}

const limits = { files: 500, bytes: 512 * 1024 * 1024 };
/** Setuid, setgid, sticky; writable by the group or by everybody. */
const forbiddenBits = 0o7022;

function* walk(root: string, below: string): Generator<BundleFile> {
  for (const name of ['', ...readdirSync(join(root, below))]) {
    const path = below === '' ? name : name === '' ? below : `${below}/${name}`;
    const stat = lstatSync(join(root, path));
    const directory = stat.isDirectory();
    if (!directory && !stat.isFile()) throw refused(path, 'it is neither a file nor a directory');
    if ((stat.mode & forbiddenBits) !== 0) throw refused(path, 'others could change it, or it is setuid');
    if (!/^[\w@. /+-]*$/.test(path)) throw refused(path, 'its name is strange');
    if (name === '') continue;
    if (directory) yield* walk(root, path);
    else yield { path, size: stat.size, executable: (stat.mode & 0o100) !== 0 };
  }
}

function copyFile(from: string, to: string, { path, size, executable }: BundleFile): void {
  const source = openSync(from, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(source);
    if (!stat.isFile() || stat.size !== size) throw refused(path, 'it changed meanwhile');
    const target = openSync(to, 'wx', 0o600);
    try {
      const buffer = Buffer.alloc(1024 * 1024);
      let copied = 0;
      for (let read = readSync(source, buffer); read > 0; read = readSync(source, buffer)) {
        for (let written = 0; written < read;) written += writeSync(target, buffer, written, read - written);
        copied += read;
        if (copied > size) break;
      }
      if (copied !== size) throw refused(path, 'it changed meanwhile');
      fsyncSync(target);
    } finally {
      closeSync(target);
    }
    chmodSync(to, executable ? 0o755 : 0o644);
  } finally {
    closeSync(source);
  }
}

function refused(path: string, why: string): Failure {
  return new Failure('bundle-refused', `Nothing was installed: ‘${path}’ may not be part of the service, ${why}.`);
}
