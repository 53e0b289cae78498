/** What holds for an installed service, however it was installed. */
import assert from 'node:assert/strict';
import type { ServiceStatus } from '../../src/service/service.js';
import { eventually } from '../wait.js';
import type { Container } from './container.js';

/** What `rayfish service status` says; anybody may ask. @param app a user's bundle, before there is a command */
export async function status(container: Container, app?: string): Promise<ServiceStatus> {
  const [user, rayfish] = app === undefined ? ['nobody', 'rayfish'] : ['alice', `${app}/bin/rayfish`];
  return JSON.parse(await container.as(user, `${rayfish} service status --json`)) as ServiceStatus;
}

/** Waits until the tunnel of a helper that was just started is up. */
export async function untilOn(container: Container): Promise<void> {
  await eventually('Rayfish on', 8_000, async () =>
    (await container.must('rayfish', 'status')).includes('Rayfish is on'),
  );
}

/** The helper runs with what the unit leaves it. */
export async function assertConfined(container: Container): Promise<void> {
  await assertGoodUnit((...argv) => container.must(...argv), 'rayfish-desktop.service');
  const says = await container.must('cat', `/proc/${await mainPid(container)}/status`);
  assert.match(says, /^CapBnd:\s0+1400$/m);
  assert.match(says, /^NoNewPrivs:\s1$/m);
  assert.match(says, /^Seccomp:\s2$/m);
  assert.match(
    await container.must('stat', '--format=%a %U', '/run/rayfish-desktop', '/run/rayfish-desktop/helper.sock'),
    /^755 root\n666 root\n$/,
  );
  assert.equal(await container.must('stat', '--format=%a %U', '/var/lib/rayfish-desktop'), '700 root\n');
}

/** systemd finds nothing wrong with a unit, and little an intruder could do. @param unit name, or path of its file */
export async function assertGoodUnit(
  must: (...argv: [string, ...string[]]) => Promise<string>,
  unit: string,
): Promise<void> {
  assert.equal(await must('sh', '-c', 'systemd-analyze verify --man=no "$0" 2>&1', unit), '');
  // Of 100: the higher, the more an intruder could do.
  const offline = unit.startsWith('/') ? ['--offline=true'] : [];
  await must('systemd-analyze', 'security', ...offline, '--threshold=22', '--no-pager', unit);
}

/** No file the helper has mapped or was started with, and no directory above, can be changed by a user. */
export async function assertOnlyRootCanChangeIt(container: Container): Promise<void> {
  assert.equal(await container.must('bash', '-c', weakPaths, 'weak', await mainPid(container)), '');
}

export async function mainPid(container: Container): Promise<string> {
  return (await container.must('systemctl', 'show', '--property=MainPID', '--value', 'rayfish-desktop')).trim();
}

const weakPaths = `
{ awk 'i = index($0, "/") { print substr($0, i) }' "/proc/$1/maps" | sort -u
  find "$(dirname "$(dirname "$(readlink "/proc/$1/exe")")")" -mindepth 1
  systemctl show --property=FragmentPath --value rayfish-desktop
} | grep -v '^/memfd:' | while read -r path; do
  while [ "$path" != / ]; do
    find "$path" -maxdepth 0 ! -type l '(' ! -uid 0 -o -perm /7022 ')'
    path=$(dirname "$path")
  done
done | sort -u`;
