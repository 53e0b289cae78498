/** What holds for an installed service, however it was installed. */
import assert from 'node:assert/strict';
import type { ServiceStatus } from '../../src/service/service.js';
import type { Container } from './container.js';

export async function status(container: Container, rayfish = 'rayfish'): Promise<ServiceStatus> {
  return JSON.parse(await container.must(rayfish, 'service', 'status', '--json')) as ServiceStatus;
}

/** A user runs the command of a bundle. */
export async function rayfishAs(container: Container, user: string, bundle: string, words: string): Promise<string> {
  return container.must('su', user, '-c', `'${bundle}/bin/rayfish' ${words}`);
}

/** The helper runs with what the unit leaves it. */
export async function assertConfined(container: Container): Promise<void> {
  assert.equal((await container.run('systemd-analyze', 'verify', 'rayfish-desktop.service')).stderr, '');
  // Of 100: the higher, the more an intruder could do.
  await container.must('systemd-analyze', 'security', '--threshold=25', '--no-pager', 'rayfish-desktop.service');
  const pid = await mainPid(container);
  const says = await container.must('cat', `/proc/${pid}/status`);
  assert.match(says, /^CapBnd:\s0+1400$/m);
  assert.match(says, /^NoNewPrivs:\s1$/m);
  assert.match(says, /^Seccomp:\s2$/m);
  assert.match(
    await container.must('stat', '--format=%a %U', '/run/rayfish-desktop', '/run/rayfish-desktop/helper.sock'),
    /^755 root\n666 root\n$/,
  );
  assert.equal(await container.must('stat', '--format=%a %U', '/var/lib/rayfish-desktop'), '700 root\n');
}

/** No file the helper has mapped or was started with, and no directory above, can be changed by a user. */
export async function assertOnlyRootCanChangeIt(container: Container): Promise<void> {
  const pid = await mainPid(container);
  const weak = await container.must('bash', '-c', weakPaths, 'weak', pid);
  assert.equal(weak, '');
}

const weakPaths = `
{ awk 'i = index($0, "/") { print substr($0, i) }' "/proc/$1/maps" | sort -u
  find "$(dirname "$(dirname "$(readlink "/proc/$1/exe")")")" -mindepth 1
} | grep -v '^/memfd:' | while read -r path; do
  while [ "$path" != / ]; do
    find "$path" -maxdepth 0 ! -type l '(' ! -uid 0 -o -perm /7022 ')'
    path=$(dirname "$path")
  done
done`;

async function mainPid(container: Container): Promise<string> {
  return (await container.must('systemctl', 'show', '--property=MainPID', '--value', 'rayfish-desktop')).trim();
}
