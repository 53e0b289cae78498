/** Where an archive waits for root: a directory of this user's own, readable for everybody. */
import { chmod, lstat, mkdtemp, readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Plain characters, and root can read it, as it can't an AppImage's own mount. */
export const defaultStagingDirectory = '/tmp';

const prefix = 'rayfish-desktop-';
const archiveName = 'service.tar';
/** No administrator prompt is open this long. */
const staleMs = 60 * 60 * 1000;

export interface Staging {
  directory: string;
  /** Where the archive goes. */
  archive: string;
}

/** @throws the system's error */
export async function makeStaging(parent: string): Promise<Staging> {
  const directory = await mkdtemp(join(parent, prefix));
  // Root needs no permission to read it, except where the file system is not ours (NFS): let everybody.
  await chmod(directory, 0o755);
  return { directory, archive: join(directory, archiveName) };
}

/**
 * Removes what runs of this user left that were killed while the prompt was open. Only a directory of our naming that is
 * ours and an hour old, with nothing in it but an archive: in a directory with the sticky bit, as the default is, nobody
 * else can have put something in its place. Never rejects: what is in the way stays for the next time.
 * @param now milliseconds since 1970
 */
export async function removeLeftovers(parent = defaultStagingDirectory, now = Date.now()): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  for (const name of names.filter((each) => /^rayfish-desktop-\w{6}$/.test(each))) {
    await removeLeftover(join(parent, name), now).catch(() => undefined);
  }
}

async function removeLeftover(directory: string, now: number): Promise<void> {
  const stat = await lstat(directory);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.() || now - stat.mtimeMs < staleMs) return;
  // By name and not recursively: what is not ours in it keeps it.
  const names = await readdir(directory);
  if (names.some((name) => name !== archiveName)) return;
  for (const name of names) await unlink(join(directory, name));
  await rmdir(directory);
}
