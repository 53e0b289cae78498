/** Bad input: an error that names the fault, and nothing changed. */
import assert from 'node:assert/strict';
import { maxFrameBytes } from '../../src/shared/ipc-contract.js';
import { Caller, nobody } from '../caller.js';
import type { Helper } from '../helper.js';
import { makeKey } from '../key.js';
import { scenario } from '../scenario.js';

scenario('bad input: node IDs and invites, each fault with its own error', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  const known = makeKey().nodeId;
  const { nodeId } = makeKey();
  await alice.mustCli('add', known, '--name', 'known');
  const cases: [target: string, code: string, exit: number][] = [
    ['', 'node-id-empty', 2],
    ['   ', 'node-id-empty', 2],
    [nodeId.slice(0, 63), 'node-id-length', 2],
    [`${nodeId}a`, 'node-id-length', 2],
    [`${nodeId.slice(0, 63)}!`, 'node-id-alphabet', 2],
    [`${nodeId.slice(0, 63)}ü`, 'node-id-alphabet', 2],
    // 64 hex characters that are no point of the curve.
    [`02${'0'.repeat(62)}`, 'node-id-invalid', 2],
    [alice.id, 'node-id-own', 1],
    [known, 'peer-exists', 1],
    ['rayfish://add/', 'invite-malformed', 2],
    ['rayfish://remove/' + nodeId, 'invite-malformed', 2],
    [`rayfish://add/${nodeId}?addr=nonsense`, 'invite-malformed', 2],
    ['https://example.org/' + nodeId, 'node-id-length', 2],
  ];
  await assertUnchanged(alice, async () => {
    for (const [target, code, exit] of cases) {
      const caller = await Caller.greet(alice.socket);
      const { error } = await caller.call('add-peer', { target });
      caller.close();
      assert.equal(error?.code, code, `"${target}": ${error?.message ?? 'accepted'}`);
      const { code: ended, stderr } = await alice.cli('add', '--', target);
      assert.equal(ended, exit, `rayfish add "${target}": ${stderr}`);
      assert.notEqual(stderr.trim(), '');
    }
  });
});

scenario('bad input: names, settings, peers, commands and options', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  const known = makeKey().nodeId;
  await alice.mustCli('add', known, '--name', 'known');
  await alice.mustCli('add', makeKey().nodeId, '--name', 'other');
  const cases: [words: string[], exit: number][] = [
    [['rename', 'known', ''], 2],
    [['rename', 'known', 'x'.repeat(65)], 2],
    [['rename', 'known', 'other'], 1],
    [['rename', 'nobody', 'somebody'], 1],
    [['remove', 'nobody'], 1],
    [['accept', 'nobody'], 1],
    [['ping', 'nobody'], 1],
    [['ip', 'nobody'], 1],
    [['config', 'get', 'colour'], 2],
    [['config', 'set', 'colour', 'red'], 2],
    [['config', 'set', 'ipv6-only', 'perhaps'], 2],
    [['config', 'set', 'port', '65536'], 2],
    [['config', 'set', 'relay', 'ftp://x'], 2],
    [['fly'], 2],
    [['status', '--fast'], 2],
    [['add'], 2],
    [['ping', 'known', '-c', 'many'], 2],
  ];
  await assertUnchanged(alice, async () => {
    for (const [words, exit] of cases) {
      const { code, stderr } = await alice.cli(...words);
      assert.equal(code, exit, `rayfish ${words.join(' ')}: ${stderr}`);
      assert.notEqual(stderr.trim(), '');
      assert.ok(!stderr.includes('    at '), `a sentence, not a stack trace: ${stderr}`);
    }
  });
});

scenario('bad input: options of the helper', {}, async (world) => {
  const machine = await world.machine('alice');
  for (const [index, words] of [
    ['--port', '70000'],
    ['--port', 'high'],
    ['--relay', 'nowhere'],
    ['--tun', 'a-name-that-is-too-long-for-linux'],
    ['--colour'],
    ['--state-dir'],
  ].entries()) {
    const helper = world.prepare(machine, { arguments: words }, `alice${index}`);
    const process = await helper.launch();
    const { code } = await process.exited;
    assert.equal(code, 2, `${words.join(' ')}: ${await process.output()}`);
  }
});

scenario('bad input: a helper started by somebody without rights', { needs: ['nobody'] }, async (world) => {
  const machine = await world.machine('alice');
  const prefix = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  const process = await world.prepare(machine, { prefix }).launch();
  assert.notEqual((await process.exited).code, 0);
  const output = await process.output();
  assert.match(output, /as root/);
  assert.ok(!output.includes('    at '), `a sentence, not a stack trace: ${output}`);
});

scenario('bad input: frames that are oversized, no JSON, no request or of another protocol', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  await assertUnchanged(alice, async () => {
    for (const line of [
      'not json',
      '{',
      '[]',
      'null',
      '"x"',
      '{"id":"1","method":"status"}',
      '{"method":"status"}',
      '\u0000\uffff',
    ]) {
      const caller = Caller.connect(alice.socket, nobody);
      caller.write(`${line}\n`);
      const { error } = await caller.reply(({ error: found }) => found !== undefined);
      assert.equal(error?.code, 'bad-request', line);
      caller.close();
    }

    const large = Caller.connect(alice.socket, nobody);
    large.write(Buffer.alloc(maxFrameBytes + 2, 'x'));
    assert.equal((await large.reply(({ error }) => error !== undefined)).error?.code, 'frame-too-large');
    await large.ended();

    const other = Caller.connect(alice.socket, nobody);
    assert.equal((await other.call('hello', { protocol: 999, client: 'e2e' })).error?.code, 'protocol-mismatch');
    other.close();

    const rude = Caller.connect(alice.socket);
    assert.ok((await rude.call('status', {})).error !== undefined, 'nothing before hello');
    rude.close();

    const root = await Caller.greet(alice.socket);
    assert.equal((await root.call('fly' as 'up', {})).error?.code, 'bad-request');
    assert.equal((await root.call('add-peer', { target: 7 })).error?.code, 'bad-request');
    assert.equal((await root.call('status', { surprise: true })).error?.code, 'bad-request');
    assert.ok((await root.call('status', {})).result !== undefined, 'the connection goes on');
    root.close();
  });
});

scenario('bad input: a helper that is not there', {}, async (world) => {
  const alice = world.prepare(await world.machine('alice'));
  for (const words of [['status'], ['up'], ['add', makeKey().nodeId]]) {
    const { code, stderr } = await alice.cli(...words);
    assert.equal(code, 3, stderr);
    assert.match(stderr, /isn’t running/);
  }
});

async function assertUnchanged(helper: Helper, work: () => Promise<void>): Promise<void> {
  const snapshot = async (): Promise<unknown> => {
    const { state, nodeId, name, peers, wish } = await helper.status();
    const known = peers.map(({ id, name: called }) => ({ id, called }));
    const { settings } = await helper.call('get-settings', {});
    return {
      state,
      nodeId,
      name,
      known,
      wish,
      settings,
      stored: await helper.readState('peers.json').catch(() => null),
    };
  };
  const before = await snapshot();
  await work();
  assert.deepEqual(await snapshot(), before);
}
