import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let system: string;

beforeEach(async () => {
  system = await mkdtemp(join(tmpdir(), 'rayfish-launcher-'));
  const script = await readFile(new URL('../assets/linux/launcher.sh', import.meta.url), 'utf8');
  // A user of a system whose settings are the test's.
  const launcher = script.replace(/\/proc\//g, `${system}/proc/`).replace('"$(id -u)"', '1000');
  await writeFile(join(system, 'rayfish-desktop'), launcher, { mode: 0o755 });
  await writeFile(join(system, 'rayfish-desktop.bin'), '#!/bin/sh\necho "started $*"\n', { mode: 0o755 });
  await set('self/attr/current', 'unconfined\n');
});

afterEach(() => rm(system, { recursive: true }));

async function set(file: string, content: string): Promise<void> {
  const path = join(system, 'proc', file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function launch(args: string[] = [], env: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve) => {
    // No dialog program on this PATH.
    const options = { env: { PATH: '/bin:/usr/bin', ...env, DISPLAY: '' } };
    execFile(join(system, 'rayfish-desktop'), args, options, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}

describe('launcher', () => {
  it('starts the app with its arguments', async () => {
    expect(await launch(['--at-login', 'rayfish://add/a b'])).toBe('started --at-login rayfish://add/a b\n');
  });

  it.each([
    ['sys/kernel/unprivileged_userns_clone', '0\n'],
    ['sys/user/max_user_namespaces', '0\n'],
    ['sys/kernel/apparmor_restrict_unprivileged_userns', '1\n'],
  ])('says what to do where %s denies a sandbox', async (file, content) => {
    await set(file, content);
    const said = await launch();

    expect(said).toContain('install the deb or rpm package');
    expect(said).not.toContain('started');
  });

  it('starts under an AppArmor profile of its own', async () => {
    await set('sys/kernel/apparmor_restrict_unprivileged_userns', '1\n');
    await set('self/attr/current', 'rayfish-desktop (unconfined)\n');

    expect(await launch()).toContain('started');
  });

  it('starts with the setuid sandbox of a package', async () => {
    await set('sys/user/max_user_namespaces', '0\n');
    await writeFile(join(system, 'chrome-sandbox'), '');
    await chmod(join(system, 'chrome-sandbox'), 0o4755);

    expect(await launch()).toContain('started');
  });

  it('never passes on what an AppImage adds to do without a sandbox', async () => {
    expect(await launch(['--no-sandbox', 'x y', '--at-login'], { APPIMAGE: '/home/a/Rayfish.AppImage' })).toBe(
      'started x y --at-login\n',
    );
  });
});
