/** Every method of the contract, called as nobody, as an operator and as root. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { methods, type Method } from '../../src/shared/ipc-contract.js';
import { statusSchema } from '../../src/shared/status.js';
import { Caller, nobody } from '../caller.js';
import { run } from '../command.js';
import { rayfish, type Helper } from '../helper.js';
import { makeKey } from '../key.js';
import { scenario } from '../scenario.js';
import { ping } from '../traffic.js';
import type { World } from '../world.js';

const operator = 60_123;

/** Parameters with which each method gets as far as being decided on, without an effect that another one needs. */
const harmless: Record<Method, unknown> = {
  hello: { protocol: 1, client: 'e2e' },
  status: {},
  subscribe: {},
  up: {},
  down: {},
  'reset-identity': {},
  'add-peer': { target: '' },
  'remove-peer': { peer: 'x' },
  'rename-peer': { peer: 'x', name: 'y' },
  'accept-request': { peer: 'x' },
  'reject-request': { peer: 'x' },
  'block-peer': { peer: 'x' },
  invite: {},
  ping: { peer: 'x' },
  'get-settings': {},
  'set-setting': { key: 'x', value: 'y' },
  'unset-setting': { key: 'x' },
  logs: {},
  'dismiss-warning': { code: 'x' },
};

scenario('authorization: every method answers nobody, an operator and root as the contract says', {}, async (world) => {
  const alice = await withOperator(world);
  const ranks = { anyone: 0, operator: 1, root: 2 };
  const { nodeId } = await alice.status();
  for (const [uid, level] of [
    [nobody, 'anyone'],
    [operator, 'operator'],
    [0, 'root'],
  ] as const) {
    const caller = await Caller.greet(alice.socket, uid);
    for (const method of Object.keys(methods) as Method[]) {
      const { error } = await caller.call(method, harmless[method]);
      const allowed = ranks[methods[method].level] <= ranks[level];
      assert.equal(error?.code === 'not-permitted', !allowed, `${method} as ${level}: ${error?.code ?? 'done'}`);
    }
    caller.close();
    if (level === 'anyone') assert.equal((await alice.status()).nodeId, nodeId, 'nothing happened');
  }
});

scenario('authorization: nobody sees no remote address, no request and no reason in the status', {}, async (world) => {
  const { alice, bob } = await world.pair();
  const asRoot = (await alice.status()).peers[0];
  assert.ok(asRoot?.path?.remote, 'root sees where bob is');
  const caller = await Caller.greet(alice.socket, nobody);
  const { result } = await caller.call('status', {});
  caller.close();
  const { peers, requests } = statusSchema.parse(result);
  assert.deepEqual(requests, []);
  assert.equal(peers[0]?.id, bob.id);
  assert.equal(peers[0].path?.remote, null);
  assert.equal(peers[0].problem, null);
});

scenario(
  'authorization: the command line ends with 4 where it is not permitted',
  { needs: ['nobody'] },
  async (world) => {
    const alice = await withOperator(world);
    const as = async (uid: number, ...words: string[]): Promise<number> => {
      const who = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'] as const;
      return (await run([...who, rayfish, '--socket', alice.socket, ...words])).code;
    };
    const { nodeId } = makeKey();
    for (const words of [
      ['up'],
      ['down'],
      ['add', nodeId],
      ['remove', nodeId],
      ['invite'],
      ['logs'],
      ['config', 'get', 'name'],
      ['ping', nodeId],
    ]) {
      assert.equal(await as(nobody, ...words), 4, words.join(' '));
    }
    for (const words of [['status'], ['id'], ['ip'], ['peers']])
      assert.equal(await as(nobody, ...words), 0, words.join(' '));
    assert.equal(await as(operator, 'down'), 0);
    assert.equal(await as(operator, 'up'), 0);
    assert.equal((await alice.status()).state, 'up');
  },
);

scenario('authorization: without operators only root may', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  const caller = await Caller.greet(alice.socket, operator);
  assert.equal((await caller.call('down', {})).error?.code, 'not-permitted');
  caller.close();
  assert.equal((await alice.status()).state, 'up');
});

scenario('authorization: one user cannot take every connection', {}, async (world) => {
  const { alice, bob } = await world.pair();
  const callers = Array.from({ length: 40 }, () => Caller.connect(alice.socket, nobody));
  const refused = Promise.any(
    callers.map((caller) => caller.reply(({ error }) => error?.code === 'too-many-connections')),
  );
  await refused;
  assert.equal((await alice.status()).state, 'up', 'root is still heard');
  assert.equal((await ping(bob.machine, (await alice.status()).ipv4)).received, 3);
  for (const caller of callers) caller.close();
});

async function withOperator(world: World): Promise<Helper> {
  const alice = await world.helper(await world.machine('alice'));
  await alice.stop();
  await writeFile(alice.statePath('operators.json'), JSON.stringify({ version: 1, uids: [operator] }), {
    mode: 0o600,
  });
  await alice.start();
  return alice;
}
