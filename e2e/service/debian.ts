/**
 * A small Debian to install in, with one user, alice, who may use sudo. Fetched once into RAYFISH_DEBIAN_CACHE
 * (/var/cache/rayfish-desktop) and never changed there: every scenario has a copy.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must, run } from '../command.js';

/** Its AppArmor is the first that reads our profile. */
const suite = 'trixie';
const packages = 'systemd,systemd-sysv,dbus,iproute2,nftables,netbase,sudo,procps,apparmor,desktop-file-utils';
/** What no test looks at is most of its files. */
const unneeded = 'usr/share/doc usr/share/man usr/share/locale usr/share/zoneinfo var/cache/apt var/lib/apt/lists';
const limitMs = 480_000;

/** Why there is none, or null; the first time it may be fetched, which takes a minute or several. */
export function missingDebian(): Promise<string | null> {
  provided ??= provide().then(
    () => null,
    (thrown: unknown) => `no Debian could be fetched to install in: ${String(thrown).slice(-300)}`,
  );
  return provided;
}

/** Copies it into a directory that does not exist yet. */
export async function copyDebian(to: string): Promise<void> {
  await must(['cp', '-a', '--reflink=auto', place, to], { timeoutMs: 120_000 });
}

let provided: Promise<string | null> | undefined;

const recipe = createHash('sha256').update(`${suite} ${packages} ${unneeded}`).digest('hex').slice(0, 12);
const cache = process.env['RAYFISH_DEBIAN_CACHE'] ?? '/var/cache/rayfish-desktop';
const place = join(cache, `debian-${recipe}`);

async function provide(): Promise<void> {
  if (existsSync(place)) return;
  const { code } = await run(['sh', '-c', 'command -v debootstrap']);
  if (code !== 0) throw new Error('debootstrap is missing: apt-get install debootstrap');
  process.stderr.write(`Fetching a small Debian into ${cache} (once) …\n`);
  const root = `${place}.${process.pid}`;
  await mkdir(cache, { recursive: true });
  try {
    const mirror = await hostMirror();
    const options = ['--variant=minbase', `--include=${packages}`];
    await must(['debootstrap', ...options, suite, root, ...mirror], { timeoutMs: limitMs });
    await run(['sh', '-c', `cd "$0" && rm -rf ${unneeded}`, root]);
    await must(['chroot', root, 'useradd', '--create-home', '--uid', '1000', '--shell', '/bin/sh', 'alice']);
    await writeFile(join(root, 'etc/sudoers.d/alice'), 'alice ALL=(root) NOPASSWD: ALL\n', { mode: 0o440 });
    await rename(root, place);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** The Debian archive this machine uses; none where it is no Debian: debootstrap knows one. */
async function hostMirror(): Promise<string[]> {
  const sources = await readFile('/etc/apt/sources.list.d/debian.sources', 'utf8').catch(() => '');
  return /^URIs: (\S+)/m.exec(sources)?.slice(1) ?? [];
}
