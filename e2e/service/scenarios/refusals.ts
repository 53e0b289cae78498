/** What is swapped, cut short, too large for the disk or broken is refused, and what ran before runs on. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { scenario } from '../../scenario.js';
import { bring } from '../bundle.js';
import { mainPid, status } from '../checks.js';
import { Container } from '../container.js';

const app = '/home/alice/app/service';
const newer = '/home/alice/newer/service';
const evil = '/home/alice/evil/service';

/** What a user's process does to the prepared archive `$1` in its directory `$2`, with an archive of its own at `$3`. */
const swaps = {
  'another archive': 'mv -f "$3" "$1"',
  'a link to another archive': 'ln -sf "$3" "$1"',
  'a link to a file of root': 'ln -sf /etc/shadow "$1"',
  'a link in place of its directory':
    'mv "$2" "$2.old" && mkdir "$2.new" && mv "$3" "$2.new/service.tar" && ln -s "$2.new" "$2"',
  'half of it': 'truncate --size=-70M "$1"',
  'one byte changed': 'printf x | dd of="$1" bs=1 seek=100000000 conv=notrunc status=none',
  'nothing at all': 'rm "$1"',
};

scenario(
  'installation: files swapped or cut after the prompt was prepared are refused, and what ran before runs on',
  { needs: ['service', 'systemd'], timeoutMs: 300_000 },
  async (world) => {
    const container = await Container.boot(world);
    await bring(container, app);
    await container.as('alice', `${app}/bin/rayfish service install`);
    const before = { status: await status(container), pid: await mainPid(container), files: installed(container) };
    await bring(container, newer, '0.2.0');
    await bring(container, evil, '6.6.6');
    await container.as('alice', `printf '#!/bin/sh\\ntouch /evil\\n' > ${evil}/bin/node`);

    for (const [what, swap] of Object.entries(swaps)) {
      const command = await prepare(container, newer, '/tmp/ready');
      const other = /if=(\S+)/.exec(await prepare(container, evil, '/home/alice/other'))?.[1] ?? '';
      const archive = /if=(\S+)/.exec(command)?.[1] ?? '';
      await container.as('alice', `set -- ${archive} ${archive.replace('/service.tar', '')} ${other}; ${swap}`);
      const { code, stderr } = await container.run('/bin/sh', '-c', command);
      assert.equal(code, 1, what);
      assert.match(stderr, /Nothing was installed|could not be copied to its place/, what);
      assert.equal(existsSync(container.path('/evil')), false, what);
      assert.deepEqual(installed(container), before.files, what);
      await container.must('sh', '-c', 'rm -rf /tmp/ready /home/alice/other');
    }
    assert.deepEqual(await status(container), before.status);
    assert.equal(await mainPid(container), before.pid);

    // Left alone, the same command installs.
    await container.must('/bin/sh', '-c', await prepare(container, newer, '/tmp/ready'));
    assert.equal((await status(container)).version, '0.2.0');
  },
);

scenario(
  'installation: on a full disk nothing is left behind; an upgrade that does not run brings back what did',
  { needs: ['service', 'systemd'], timeoutMs: 300_000 },
  async (world) => {
    const container = await Container.boot(world);
    await bring(container, app);
    for (const [place, megabytes, user] of tooSmall) {
      const what = `${place} of ${megabytes} MB, ${user}`;
      const mode = place === '/tmp' ? 1777 : 755;
      await container.must('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=${mode}`, 'tmpfs', place);
      const { code, stderr } = await container.run('su', user, '-c', `${app}/bin/rayfish service install`);
      assert.notEqual(code, 0, what);
      assert.match(stderr, /disk .*is full/, what);
      assert.equal(await container.must('find', place, '-mindepth', '1', '!', '-empty'), '', what);
      await container.must('umount', place);
      assert.equal(await container.must('find', '/tmp', '-name', 'rayfish*'), '', what);
    }
    assert.equal((await status(container, app)).installed, 'no');

    await container.as('alice', `${app}/bin/rayfish service install`);
    const [id, files] = [await container.must('rayfish', 'id'), installed(container)];
    await bring(container, newer, '0.2.0');
    await container.as('alice', `echo broken > ${newer}/native/index.node`);
    const { code, stderr } = await container.run('su', 'alice', '-c', `${newer}/bin/rayfish service install`);
    assert.notEqual(code, 0);
    assert.match(stderr, /Nothing was upgraded, the version from before runs again\./);
    assert.deepEqual(await status(container), { installed: 'copy', version: '0.1.0', state: 'running', atBoot: true });
    assert.equal(await container.must('rayfish', 'id'), id);
    assert.deepEqual(installed(container), files);
  },
);

/** For the archive, for its copy, for what is in it, and for the copy that stays. */
const tooSmall = [
  ['/tmp', 60, 'alice'],
  ['/opt', 60, 'alice'],
  ['/opt', 200, 'alice'],
  ['/opt', 60, 'root'],
] as const;

/** As the app does before it asks for the administrator. @returns the command */
function prepare(container: Container, bundle: string, staging: string): Promise<string> {
  const code = `
    const { readdirSync } = await import('node:fs');
    const dist = '${bundle.replace('/evil/', '/app/')}/dist/';
    const installer = readdirSync(dist).find((name) => name.startsWith('installer-'));
    const { prepareInstallation } = await import(dist + installer);
    const options = { stagingDirectory: '${staging}' };
    process.stdout.write((await prepareInstallation('${bundle}', options)).command);`;
  const node = `${app}/bin/node --input-type=module --eval "${code.replace(/\s+/g, ' ')}"`;
  return container.as('alice', `mkdir -p ${staging} && ${node}`);
}

function installed(container: Container): string[] {
  return readdirSync(container.path('/opt/rayfish-desktop')).sort();
}
