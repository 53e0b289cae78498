/** State that cannot be read or written. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Helper } from '../helper.js';
import { makeKey } from '../key.js';
import { scenario } from '../scenario.js';

scenario('state: a corrupt peer store is set aside and reported until acknowledged', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  await alice.mustCli('add', makeKey().nodeId);
  await alice.stop();
  const garbage = '{"version":1,"peers":[{"id":"tr';
  await writeFile(alice.statePath('peers.json'), garbage);
  for (let start = 0; start < 2; start += 1) {
    const { state, warnings, peers } = await alice.start();
    assert.equal(state, 'up');
    assert.deepEqual(peers, []);
    const warning = warnings.find(({ code }) => code === 'peers-unreadable');
    assert.ok(warning?.sticky === true, 'the warning stays over a restart');
    await alice.stop();
  }
  const contents = await Promise.all(
    (await readdir(alice.stateDirectory)).map((file) => readFile(alice.statePath(file), 'utf8').catch(() => '')),
  );
  assert.ok(contents.includes(garbage), 'what was there is kept, byte for byte');
  await alice.start();
  await alice.mustCli('dismiss', 'peers-unreadable');
  await alice.stop();
  assert.deepEqual((await alice.start()).warnings, []);
});

scenario('state: a newer peer store is not overwritten', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  await alice.stop();
  const newer = '{"version":99,"peers":[]}';
  await writeFile(alice.statePath('peers.json'), newer);
  const { warnings } = await alice.start();
  assert.ok(warnings.some(({ code }) => code === 'peers-unreadable'));
  await alice.mustCli('add', makeKey().nodeId);
  const contents = await Promise.all(
    (await readdir(alice.stateDirectory)).map((file) => readFile(alice.statePath(file), 'utf8').catch(() => '')),
  );
  assert.ok(contents.includes(newer));
});

const damages: { what: string; damage: (file: string) => Promise<void> }[] = [
  { what: 'a corrupt', damage: (file) => writeFile(file, '{"version":1,"secr') },
  { what: 'an empty', damage: (file) => writeFile(file, '') },
  {
    what: 'an unreadable',
    damage: async (file) => {
      // Root may read any file, but not a directory as one.
      await rm(file);
      await mkdir(file);
    },
  },
];

for (const { what, damage } of damages) {
  scenario(`state: ${what} identity is never replaced, only by "id reset"`, {}, async (world) => {
    const alice = await world.helper(await world.machine('alice'));
    const { id } = alice;
    await alice.stop();
    const file = alice.statePath('identity.json');
    await damage(file);
    const before = await readFile(file).catch(() => null);
    for (let start = 0; start < 2; start += 1) {
      const { state, failure } = await alice.start();
      assert.equal(state, 'failed');
      assert.equal(failure?.code, 'identity-unreadable');
      assert.match(failure.message, /identity\.json/);
      assert.notEqual((await alice.cli('up')).code, 0, 'up does not make a new one either');
      assert.deepEqual(await readFile(file).catch(() => null), before, 'the file is untouched');
      await alice.stop();
    }
    await alice.start();
    await alice.mustCli('id', 'reset', '--yes');
    const { nodeId, state } = await alice.until('up with a new identity', 5_000, (status) => status.state === 'up');
    assert.equal(state, 'up');
    assert.notEqual(nodeId, id);
    await alice.stop();
    assert.equal((await alice.start()).nodeId, nodeId);
  });
}

scenario('state: a directory that cannot be written is an error that names it', {}, async (world) => {
  const machine = await world.machine('alice');
  const file = join(machine.directory, 'file');
  await writeFile(file, '');
  await assertRefuses(
    world.prepare(machine, { stateDirectory: join(file, 'state') }, 'inside-a-file'),
    join(file, 'state'),
  );

  const readOnly = join(machine.directory, 'read-only');
  await mkdir(readOnly);
  const prefix = ['unshare', '-m', 'sh', '-c', `mount -t tmpfs -o ro none ${readOnly} && exec "$@"`, 'sh'];
  await assertRefuses(
    world.prepare(machine, { stateDirectory: join(readOnly, 'state'), prefix }, 'read-only'),
    readOnly,
  );
});

scenario('state: a disk that stops taking writes leaves the state as it was, and says so', {}, async (world) => {
  const machine = await world.machine('alice');
  const disk = join(machine.directory, 'disk');
  await mkdir(disk);
  const prefix = ['unshare', '-m', 'sh', '-c', `mount -t tmpfs none ${disk} && exec "$@"`, 'sh'];
  const alice = await world.helper(machine, { stateDirectory: join(disk, 'state'), prefix });
  const mount = (how: string) =>
    machine.must(['nsenter', '-t', String(alice.process.pid), '-m', 'mount', '-o', `remount,${how}`, disk]);
  const { nodeId } = makeKey();
  await mount('ro');
  const refused = await alice.cli('add', nodeId);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /writ|saved/i);
  assert.deepEqual((await alice.status()).peers, []);
  const down = await alice.cli('down');
  assert.equal(down.code, 1);
  assert.match(down.stderr, /until the next start/);
  assert.equal((await alice.status()).state, 'standby', 'turning off works all the same');
  await mount('rw');
  await alice.mustCli('add', nodeId);
  await mount('ro');
  assert.match((await alice.cli('remove', nodeId)).stderr, /until the next start/);
  assert.deepEqual((await alice.status()).peers, [], 'and so does cutting somebody off');
});

async function assertRefuses(helper: Helper, directory: string): Promise<void> {
  const process = await helper.launch();
  const exit = await process.exited;
  assert.equal(exit.code, 1);
  const output = await process.output();
  assert.ok(output.includes(directory), `it names the directory: ${output}`);
  assert.ok(!output.includes('    at '), 'a sentence, not a stack trace');
}
