/** Installed, enabled, upgraded, removed and purged as a deb, on a machine that had a copy of an AppImage's in between. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { scenario } from '../../scenario.js';
import { bring } from '../bundle.js';
import { assertConfined, assertOnlyRootCanChangeIt, mainPid, status, untilOn } from '../checks.js';
import { Container } from '../container.js';
import { makeDeb } from '../deb.js';

const running = { installed: 'package', version: '0.1.0', state: 'running', atBoot: true };

scenario(
  'installation: a deb starts nothing by itself, is enabled by its owner, upgraded, removed, and purged without a trace',
  { needs: ['service', 'app', 'systemd', 'dpkg-deb'], timeoutMs: 240_000 },
  async (world) => {
    const work = await world.scratch('deb');
    const [first, second] = [await makeDeb(work, '0.1.0'), await makeDeb(work, '0.2.0')];
    const container = await Container.boot(world);
    const there = (path: string): boolean => existsSync(container.path(path));
    await cp(first, container.path('/root/first.deb'));
    await cp(second, container.path('/root/second.deb'));
    // The window's libraries are left out: nobody here opens one.
    const install = (name: string): Promise<string> =>
      container.must('dpkg', '--install', '--force-depends', `/root/${name}.deb`);

    await install('first');
    assert.deepEqual(await status(container), { ...running, state: 'stopped', atBoot: false });
    assert.equal(await container.as('alice', 'rayfish-desktop rayfish://add/x'), 'started rayfish://add/x\n');

    // Its owner starts it; nothing is copied, and who asked is an operator.
    await container.as('alice', 'rayfish service install');
    assert.deepEqual(await status(container), running);
    assert.equal(there('/opt/rayfish-desktop'), false);
    assert.equal(await container.must('find', '/tmp', '-name', 'rayfish*'), '');
    await assertConfined(container);
    await assertOnlyRootCanChangeIt(container);
    await container.as('alice', 'rayfish up');
    const [id, pid] = [await container.must('rayfish', 'id'), await mainPid(container)];

    // An upgrade restarts it.
    await install('second');
    await untilOn(container);
    assert.deepEqual(await status(container), { ...running, version: '0.2.0' });
    assert.notEqual(await mainPid(container), pid);
    assert.equal(await container.must('rayfish', 'id'), id);

    // Removed, only the identity stays, and nobody is an operator any more.
    assert.match(await container.must('dpkg', '--remove', 'rayfish-desktop'), /identity and peers are kept/);
    for (const path of [
      '/opt/Rayfish Desktop',
      '/usr/bin/rayfish',
      '/usr/bin/rayfish-desktop',
      '/run/rayfish-desktop',
    ]) {
      assert.equal(there(path), false, path);
    }
    assert.equal(there('/var/lib/rayfish-desktop/identity.json'), true);
    assert.equal(there('/var/lib/rayfish-desktop/operators.json'), false);
    assert.equal(await container.must('sh', '-c', 'find /etc/systemd -name "rayfish*"'), '');

    // A copy that an app installed gives way to the package, running on as the package's.
    await bring(container, '/home/alice/service');
    await container.as('alice', '/home/alice/service/bin/rayfish service install');
    assert.equal((await status(container)).installed, 'copy');
    await install('second');
    await untilOn(container);
    assert.deepEqual(await status(container), { ...running, version: '0.2.0' });
    assert.equal(there('/opt/rayfish-desktop'), false);
    assert.match(
      await container.must('systemctl', 'show', '--property=ExecStart', 'rayfish-desktop'),
      /Rayfish Desktop/,
    );
    assert.match(readFileSync(container.path('/var/lib/rayfish-desktop/identity.json'), 'utf8'), /version/);

    await container.must('dpkg', '--purge', 'rayfish-desktop');
    const left = 'find / -xdev -iname "*rayfish*" ! -path "/home/*" ! -path "/proc/*" ! -path "/var/log/*"';
    assert.equal(await container.must('sh', '-c', left), '');
  },
);
