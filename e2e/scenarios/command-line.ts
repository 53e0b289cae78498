/** The `rayfish` command as its user meets it. */
import assert from 'node:assert/strict';
import { statusSchema } from '../../src/shared/status.js';
import { run } from '../command.js';
import { rayfish } from '../helper.js';
import { scenario } from '../scenario.js';
import { sleep } from '../wait.js';

scenario('command line: every verb says what it does, without a helper', {}, async () => {
  const { stdout, code } = await run([rayfish, '--help']);
  assert.equal(code, 0);
  const verbs = [
    'helper',
    'up',
    'down',
    'status',
    'id',
    'ip',
    'add',
    'peers',
    'remove',
    'rename',
    'accept',
    'reject',
    'block',
    'ping',
    'config',
    'logs',
    'invite',
  ];
  for (const verb of verbs) {
    assert.match(stdout, new RegExp(`^\\s+${verb}\\b.*\\w`, 'm'), `${verb} is in the help`);
    const help = await run([rayfish, verb, '--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, new RegExp(`Usage: rayfish ${verb}`));
  }
});

scenario('command line: what it prints about a pair, for people and for programs', {}, async (world) => {
  const { alice, bob } = await world.pair();
  const status = statusSchema.parse(await alice.json('status'));
  const there = await bob.status();
  assert.equal(status.peers[0]?.path?.kind, 'direct');
  assert.equal((await alice.mustCli('id')).trim(), alice.id);
  assert.ok((await alice.mustCli('ip')).includes(status.ipv4));
  // Fit for `ssh $(rayfish ip bob)`: one word.
  assert.match(await alice.mustCli('ip', 'bob'), new RegExp(`^(${there.ipv4}|${there.ipv6})\n$`));
  assert.match(await alice.mustCli('peers'), /bob/);
  assert.match(await alice.mustCli('status'), /bob/);
  assert.match(await alice.mustCli('ping', 'bob', '-c', '2'), /ms/);
  await alice.json('peers');
  await alice.json('ping', 'bob', '-c', '1');
  await alice.json('logs');
  assert.notEqual((await alice.mustCli('logs', '--since', '10m')).trim(), '');
});

scenario('command line: rename, ID prefixes, remove and what add grants', {}, async (world) => {
  const { alice, bob } = await world.strangers();
  const added = await alice.mustCli('add', bob.id, '--name', 'bob');
  assert.match(added, /reach|connect/i, 'add says what it grants');
  await alice.mustCli('rename', bob.id.slice(0, 8), 'robert');
  assert.equal((await alice.peer(bob)).name, 'robert');
  await alice.mustCli('remove', 'robert');
  assert.deepEqual((await alice.status()).peers, []);
});

scenario('command line: settings hold over a restart and a name reaches the peer', {}, async (world) => {
  const { alice, bob } = await world.pair();
  await alice.mustCli('config', 'set', 'name', 'alices laptop');
  await bob.until('the new name', 3_000, ({ peers }) => peers[0]?.claimedName === 'alices laptop');
  await alice.stop();
  assert.equal((await alice.start()).name, 'alices laptop');
  assert.match(await alice.mustCli('config', 'get', 'name'), /alices laptop/);
  await alice.mustCli('config', 'unset', 'name');
  assert.notEqual((await alice.status()).name, 'alices laptop');
});

scenario('command line: "status --watch" and "logs -f" follow', {}, async (world) => {
  const { alice, bob } = await world.strangers();
  const { machine } = alice;
  const watch = await machine.start([rayfish, '--socket', alice.socket, 'status', '--watch']);
  const follow = await machine.start([rayfish, '--socket', alice.socket, 'logs', '-f']);
  await sleep(1_000);
  const logged = (await follow.output()).length;
  await alice.mustCli('add', bob.id, '--name', 'robert');
  await alice.mustCli('down');
  await sleep(1_000);
  assert.match(await watch.output(), /robert/);
  assert.ok((await follow.output()).length > logged, 'new lines came');
  for (const program of [watch, follow]) await program.stop('SIGINT');
});
