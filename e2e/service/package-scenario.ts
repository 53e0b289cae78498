/** Installed, enabled, upgraded, removed and purged as a deb, on a machine that had a copy of an AppImage's before. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { assertConfined, assertOnlyRootCanChangeIt, rayfishAs, status } from './checks.js';
import type { Container } from './container.js';

const installed = '/opt/Rayfish Desktop/resources/service';

export async function packageScenario(container: Container, bundle: string): Promise<void> {
  const there = (path: string): boolean => existsSync(container.path(path));

  // The package brings files and starts nothing.
  await install(container, 'first');
  assert.deepEqual(await status(container), { installed: 'package', version: '0.1.0', running: false, atBoot: false });
  assert.equal(
    await container.must('stat', '--format=%a %U:%G', '/opt/Rayfish Desktop/chrome-sandbox'),
    '4755 root:root\n',
  );

  const entry = readFileSync(container.path('/usr/share/applications/rayfish-desktop.desktop'), 'utf8');
  assert.match(entry, /^Exec="\/opt\/Rayfish Desktop\/rayfish-desktop" %U$/m);
  assert.match(entry, /^MimeType=.*x-scheme-handler\/rayfish;/m);

  // Its owner does; nothing is copied, and who asked is an operator.
  await rayfishAs(container, 'alice', installed, 'service install');
  assert.deepEqual(await status(container), { installed: 'package', version: '0.1.0', running: true, atBoot: true });
  assert.equal(there('/opt/rayfish-desktop'), false);
  await assertConfined(container);
  await assertOnlyRootCanChangeIt(container);
  await container.must('su', 'alice', '-c', 'rayfish up');
  const id = await container.must('rayfish', 'id');
  const before = await started(container);

  // An upgrade restarts it.
  await install(container, 'second');
  assert.deepEqual(await status(container), { installed: 'package', version: '0.2.0', running: true, atBoot: true });
  assert.notEqual(await started(container), before);
  await container.must(
    'su',
    'alice',
    '-c',
    'for i in 1 2 3 4 5 6; do rayfish status | grep -q "is on" && exit 0; sleep 0.5; done; exit 1',
  );
  assert.equal(await container.must('rayfish', 'id'), id);

  // Removed, only the identity stays, and nobody is an operator any more.
  assert.match(await container.must('dpkg', '--remove', 'rayfish-desktop'), /identity and peers are kept/);
  for (const path of ['/opt/Rayfish Desktop', '/usr/bin/rayfish', '/usr/bin/rayfish-desktop', '/run/rayfish-desktop']) {
    assert.equal(there(path), false, path);
  }
  assert.equal(there('/var/lib/rayfish-desktop/identity.json'), true);
  assert.equal(there('/var/lib/rayfish-desktop/operators.json'), false);
  assert.equal(await container.must('sh', '-c', 'find /etc/systemd -name "rayfish*"'), '');

  // A copy that an app installed gives way to the package, running on as the package's.
  execFileSync('cp', ['-r', bundle, container.path('/home/alice/service')]);
  execFileSync('chown', ['-R', '1000:1000', container.path('/home/alice')]);
  await rayfishAs(container, 'alice', '/home/alice/service', 'service install');
  assert.equal((await status(container)).installed, 'copy');
  await install(container, 'second');
  assert.deepEqual(await status(container), { installed: 'package', version: '0.2.0', running: true, atBoot: true });
  assert.equal(there('/opt/rayfish-desktop'), false);
  assert.match(await container.must('systemctl', 'show', '--property=ExecStart', 'rayfish-desktop'), /Rayfish Desktop/);
  assert.match(readFileSync(container.path('/var/lib/rayfish-desktop/identity.json'), 'utf8'), /version/);

  // Purged, nothing stays.
  await container.must('dpkg', '--purge', 'rayfish-desktop');
  assert.equal(there('/var/lib/rayfish-desktop'), false);
  assert.equal(
    await container.must(
      'sh',
      '-c',
      'find / -xdev -iname "*rayfish*" ! -path "/home/*" ! -path "/root/*" ! -path "/var/log/*" ! -path "/proc/*"',
    ),
    '',
  );
}

/** The window's libraries are left out: nobody here opens one. */
async function install(container: Container, name: 'first' | 'second'): Promise<void> {
  await container.must('dpkg', '--install', '--force-depends', `/root/${name}.deb`);
}

function started(container: Container): Promise<string> {
  return container.must('systemctl', 'show', '--property=MainPID', 'rayfish-desktop');
}
