/** Installed, upgraded and removed from files that belong to a user, as an AppImage, tar.gz or checkout has them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertConfined, assertOnlyRootCanChangeIt, rayfishAs, status } from './checks.js';
import type { Container } from './container.js';

export async function copyScenario(container: Container, bundle: string): Promise<void> {
  const app = '/home/alice/app/service';
  bring(container, bundle, app);
  assert.equal((await status(container, `${app}/bin/rayfish`)).installed, 'no');

  // A user types one command; sudo asks; nothing of the user's directory runs as root.
  await rayfishAs(container, 'alice', app, 'service install');
  assert.deepEqual(await status(container), { installed: 'copy', version: '0.1.0', running: true, atBoot: true });
  assert.match(await container.must('rayfish', 'service', 'operator'), /^alice \(uid 1000\)$/m);
  assert.deepEqual(
    readdirSync(container.path('/tmp')).filter((name) => name.startsWith('rayfish')),
    [],
  );
  await assertConfined(container);
  await assertOnlyRootCanChangeIt(container);

  // An operator needs no sudo; anybody else may only look.
  await container.must('su', 'alice', '-c', 'rayfish up');
  assert.match(await container.must('ip', 'address', 'show', 'rayfish0'), /inet 100\./);
  assert.equal((await container.run('su', 'nobody', '-s', '/bin/sh', '-c', 'rayfish down')).code, 4);
  const id = await container.must('rayfish', 'id');

  // An upgrade replaces the copy, restarts the helper and keeps who it is.
  bring(container, bundle, '/home/alice/newer/service');
  const manifest = container.path('/home/alice/newer/service/bundle.json');
  writeFileSync(
    manifest,
    readFileSync(manifest, 'utf8')
      .replace('"0.1.0"', '"0.2.0"')
      .replace(/"build": "../, '"build": "00'),
  );
  await rayfishAs(container, 'alice', '/home/alice/newer/service', 'service install');
  assert.deepEqual(await status(container), { installed: 'copy', version: '0.2.0', running: true, atBoot: true });
  assert.equal(readdirSync(container.path('/opt/rayfish-desktop')).length, 2);
  assert.equal(await container.must('rayfish', 'id'), id);
  assert.match(await container.must('rayfish', 'status'), /Rayfish is on/);

  // Killed, it is back by itself; stopped, it stays so until it is started.
  await container.must('systemctl', 'kill', '--signal=KILL', 'rayfish-desktop');
  await container.must(
    'sh',
    '-c',
    'for i in 1 2 3 4 5 6 7 8; do sleep 0.5; rayfish status | grep -q "is on" && exit 0; done; exit 1',
  );
  await container.must('rayfish', 'service', 'stop');
  assert.equal((await status(container)).running, false);
  assert.equal((await container.run('rayfish', 'status')).code, 3);
  await container.must('rayfish', 'service', 'start');
  assert.equal((await status(container)).running, true);

  // Removed, only the identity stays, and comes back with the next installation.
  await container.must('rayfish', 'service', 'uninstall', '--keep-identity');
  for (const path of [
    '/opt/rayfish-desktop',
    '/usr/local/bin/rayfish',
    '/etc/systemd/system/rayfish-desktop.service',
    '/run/rayfish-desktop',
  ]) {
    assert.equal(existsSync(container.path(path)), false, path);
  }
  assert.equal((await container.run('ip', 'link', 'show', 'rayfish0')).code, 1);
  await rayfishAs(container, 'alice', app, 'service install');
  assert.equal(await container.must('rayfish', 'id'), id);
  await container.must('rayfish', 'service', 'uninstall', '--purge');
  assert.equal(existsSync(container.path('/var/lib/rayfish-desktop')), false);
}

/** Files of alice's, wherever they came from. */
function bring(container: Container, bundle: string, to: string): void {
  const target = container.path(to);
  execFileSync('mkdir', ['-p', join(target, '..')]);
  execFileSync('cp', ['-r', bundle, target]);
  execFileSync('chown', ['-R', '1000:1000', container.path('/home/alice')]);
}
