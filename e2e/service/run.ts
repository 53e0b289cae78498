/**
 * The installation, for real: Debian in a directory, a real systemd as its process 1, the real bundle.
 * Needs root, debootstrap and a reachable Debian archive; says loudly where it is skipped. The bundle is built before:
 * `npm run build && npm run build:service`. RAYFISH_DEBIAN_ROOT names a prepared Debian to use instead of a new one.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Container } from './container.js';
import { copyScenario } from './copy-scenario.js';
import { packageScenario } from './package-scenario.js';
import { makeDeb } from './deb.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const bundle = join(repository, 'build/service');

const obstacle = findObstacle();
if (obstacle !== null) {
  process.stderr.write(`SKIPPED: the installation under a real systemd, because ${obstacle}.\n`);
  process.exit(0);
}

const work = mkdtempSync(join(tmpdir(), 'rayfish-service-e2e-'));
let failures = 0;
try {
  const base = debian();
  await scenario('from an app of one user', base, async (container) => {
    await copyScenario(container, bundle);
  });
  const debs = {
    first: makeDeb(repository, work, '0.1.0'),
    second: makeDeb(repository, work, '0.2.0'),
  };
  await scenario('from a deb', base, async (container) => {
    for (const [name, deb] of Object.entries(debs)) cpSync(deb, container.path(`/root/${name}.deb`));
    await packageScenario(container, bundle);
  });
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

async function scenario(name: string, base: string, act: (container: Container) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(work, 'root-'));
  chmodSync(root, 0o755);
  execFileSync('cp', ['-a', '--reflink=auto', `${base}/.`, root]);
  const container = await Container.boot(root);
  try {
    await act(container);
    process.stdout.write(`passed: installation ${name}\n`);
  } catch (error) {
    failures += 1;
    const { stdout } = await container.run('journalctl', '--unit', 'rayfish-desktop', '--no-pager', '--lines', '30');
    process.stdout.write(
      `FAILED: installation ${name}\n${String(error instanceof Error ? error.stack : error)}\n${stdout}`,
    );
  } finally {
    await container.stop();
  }
}

function findObstacle(): string | null {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'it needs root';
  for (const program of ['debootstrap', 'unshare', 'nsenter', 'dpkg-deb']) {
    if (!(process.env['PATH'] ?? '').split(':').some((directory) => existsSync(join(directory, program)))) {
      return `${program} is not installed`;
    }
  }
  return existsSync(join(bundle, 'bundle.json')) ? null : 'build/service is not built (npm run build:service)';
}

/** A small Debian with systemd and one user, alice, who may use sudo. */
function debian(): string {
  const prepared = process.env['RAYFISH_DEBIAN_ROOT'];
  const root = prepared ?? join(work, 'debian');
  if (prepared === undefined) {
    process.stderr.write('Fetching a small Debian …\n');
    const packages = 'systemd,systemd-sysv,dbus,iproute2,nftables,netbase,sudo,procps';
    const source = aptSource();
    const argv = [
      '--variant=minbase',
      `--include=${packages}`,
      source.suite,
      root,
      ...(source.uri === null ? [] : [source.uri]),
    ];
    execFileSync('debootstrap', argv, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  if (!existsSync(join(root, 'home/alice'))) {
    execFileSync('chroot', [root, 'useradd', '--create-home', '--uid', '1000', '--shell', '/bin/sh', 'alice']);
    mkdirSync(join(root, 'etc/sudoers.d'), { recursive: true });
    writeFileSync(join(root, 'etc/sudoers.d/alice'), 'alice ALL=(root) NOPASSWD: ALL\n', { mode: 0o440 });
  }
  // Or sudo waits for name servers that nobody here can reach.
  writeFileSync(join(root, 'etc/hosts'), `127.0.0.1 localhost ${hostname()}\n`);
  return root;
}

/** The Debian archive this machine uses. */
function aptSource(): { uri: string | null; suite: string } {
  const file = '/etc/apt/sources.list.d/debian.sources';
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return { uri: /^URIs: (\S+)/m.exec(text)?.[1] ?? null, suite: /^Suites: (\S+)/m.exec(text)?.[1] ?? 'stable' };
}
