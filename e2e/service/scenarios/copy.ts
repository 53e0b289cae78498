/** Installed, upgraded and removed from files that belong to a user, as an AppImage, tar.gz or checkout has them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { scenario } from '../../scenario.js';
import { eventually } from '../../wait.js';
import { bring } from '../bundle.js';
import { assertConfined, assertOnlyRootCanChangeIt, status, untilOn } from '../checks.js';
import { Container } from '../container.js';

const app = '/home/alice/app/service';
const newer = '/home/alice/newer/service';
const running = { installed: 'copy', version: '0.1.0', state: 'running', atBoot: true };

scenario(
  'installation: a user types one command; root runs nothing a user could change, and an upgrade keeps who it is',
  { needs: ['service', 'systemd'], timeoutMs: 240_000 },
  async (world) => {
    const container = await Container.boot(world);
    await bring(container, app);
    const none = { installed: 'no', version: null, state: 'stopped', atBoot: false };
    assert.deepEqual(await status(container, app), none);

    await container.as('alice', `${app}/bin/rayfish service install`);
    assert.deepEqual(await status(container), running);
    assert.match(await container.must('rayfish', 'service', 'operator'), /^alice \(uid 1000\)$/m);
    assert.deepEqual(leftInTmp(container), []);
    await assertConfined(container);
    await assertOnlyRootCanChangeIt(container);

    // An operator needs no sudo; anybody else may only look.
    await container.as('alice', 'rayfish up');
    assert.match(await container.must('ip', 'address', 'show', 'rayfish0'), /inet 100\./);
    assert.equal((await container.run('su', 'nobody', '-s', '/bin/sh', '-c', 'rayfish down')).code, 4);
    const id = await container.must('rayfish', 'id');

    await bring(container, newer, '0.2.0');
    await container.as('alice', `${newer}/bin/rayfish service install`);
    assert.deepEqual(await status(container), { ...running, version: '0.2.0' });
    assert.equal(copies(container).length, 1);
    assert.equal(await container.must('rayfish', 'id'), id);
    await untilOn(container);
  },
);

scenario(
  'installation: killed it is back, stopped it stays so; its status is right in every state; uninstalling asks about the identity',
  { needs: ['service', 'systemd'], timeoutMs: 240_000 },
  async (world) => {
    const container = await Container.boot(world);
    await bring(container, app);
    await container.as('alice', `${app}/bin/rayfish service install`);
    const id = await container.must('rayfish', 'id');

    await container.must('systemctl', 'kill', '--signal=KILL', 'rayfish-desktop');
    assert.deepEqual(await status(container), { ...running, state: 'failing' });
    await untilOn(container);
    assert.deepEqual(await status(container), running);
    await container.must('rayfish', 'service', 'stop');
    assert.deepEqual(await status(container), { ...running, state: 'stopped' });
    assert.equal((await container.run('rayfish', 'status')).code, 3);
    await container.must('rayfish', 'service', 'start');
    assert.deepEqual(await status(container), running);
    await container.must('systemctl', 'disable', 'rayfish-desktop');
    assert.deepEqual(await status(container), { ...running, atBoot: false });

    // One that cannot run is tried again and again, and says where to look.
    await container.must(
      'sh',
      '-c',
      'cd /opt/rayfish-desktop/current/native && echo broken > new && mv new index.node',
    );
    await container.must('systemctl', 'restart', 'rayfish-desktop');
    await eventually('a failing service', 5_000, async () => (await status(container)).state === 'failing');
    assert.match(await container.must('rayfish', 'service', 'status'), /does not stay running .*\n.*journalctl/);

    await container.as('alice', `${app}/bin/rayfish service install`);
    assert.deepEqual(await status(container), running);
    assert.match(await uninstall(container, 'n'), /identity, peers and settings are kept/);
    for (const path of ['/opt/rayfish-desktop', '/usr/local/bin/rayfish', '/run/rayfish-desktop']) {
      assert.equal(existsSync(container.path(path)), false, path);
    }
    assert.equal(await container.must('sh', '-c', 'find /etc/systemd -name "rayfish*"'), '');
    assert.equal((await container.run('ip', 'link', 'show', 'rayfish0')).code, 1);
    assert.equal(existsSync(container.path('/var/lib/rayfish-desktop/operators.json')), false);

    await container.as('alice', `${app}/bin/rayfish service install`);
    assert.equal(await container.must('rayfish', 'id'), id);
    assert.match(await uninstall(container, 'y'), /identity, peers and settings are deleted/);
    assert.equal(existsSync(container.path('/var/lib/rayfish-desktop')), false);
  },
);

/** At a terminal, with this answer to its question. */
async function uninstall(container: Container, answer: 'y' | 'n'): Promise<string> {
  const asked = `echo ${answer} | script --quiet --return --command 'rayfish service uninstall' /dev/null`;
  const said = await container.must('sh', '-c', asked);
  assert.match(said, /Delete this device’s identity, peers and settings too\?/);
  return said;
}

function copies(container: Container): string[] {
  return readdirSync(container.path('/opt/rayfish-desktop')).filter((name) => name !== 'current');
}

function leftInTmp(container: Container): string[] {
  return readdirSync(container.path('/tmp')).filter((name) => name.startsWith('rayfish'));
}
