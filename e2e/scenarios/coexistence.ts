/** Several helpers on one machine. */
import assert from 'node:assert/strict';
import type { Helper } from '../helper.js';
import { scenario } from '../scenario.js';
import { ping, reaches } from '../traffic.js';
import { befriend, type World } from '../world.js';

scenario('coexistence: two helpers with different state on one machine both pass traffic', {}, async (world) => {
  const { one, two, bob } = await shared(world);
  const carolMachine = await world.machine('carol');
  await world.lan([one.machine, carolMachine], { number: 2 });
  const carol = await world.helper(carolMachine);
  await befriend(one, bob);
  await befriend(two, carol);
  assert.equal((await ping(bob.machine, (await one.status()).ipv6)).received, 3);
  assert.equal((await ping(carol.machine, (await two.status()).ipv6)).received, 3);
});

scenario('coexistence: two helpers on one machine with one peer in common', {}, async (world) => {
  const { one, two, bob } = await shared(world);
  await befriend(one, bob);
  await befriend(two, bob);
  const { ipv6 } = await bob.status();
  for (const helper of [one, two]) {
    const own = (await helper.status()).ipv6;
    assert.equal((await ping(bob.machine, own)).received, 3, `bob to ${helper.name}`);
    assert.equal((await ping(helper.machine, ipv6, { from: own })).received, 3, `${helper.name} to bob`);
  }
});

scenario('coexistence: one of two helpers ends and the other is whole', {}, async (world) => {
  const { one, two, bob } = await shared(world);
  await befriend(two, bob);
  await one.stop();
  const { ipv6 } = await two.status();
  await reaches(bob.machine, ipv6);
  await two.until(
    'no conflict',
    3_000,
    ({ warnings, ipv6Only }) => warnings.every(({ code }) => code === 'port-taken') && !ipv6Only,
  );
  await reaches(bob.machine, (await two.status()).ipv4);
});

for (const [what, shared, code] of [
  ['state', 'stateDirectory', 'state-in-use'],
  ['socket', 'socket', 'socket-in-use'],
] as const) {
  scenario(
    `coexistence: a second helper on the same ${what} refuses, and the first does not notice`,
    {},
    async (world) => {
      const { alice, bob } = await world.pair();
      const second = world.prepare(alice.machine, { [shared]: alice[shared] }, 'second');
      const process = await second.launch();
      const exit = await process.exited;
      assert.notEqual(exit.code, 0);
      const output = await process.output();
      assert.ok(output.includes(alice[shared]), `it names the ${what}: ${output}`);
      assert.ok(!output.includes('    at '), `${code} is a sentence, not a stack trace`);
      assert.equal((await alice.status()).state, 'up');
      assert.equal((await ping(bob.machine, (await alice.status()).ipv4)).received, 3);
    },
  );
}

scenario('coexistence: a socket and a lock that a dead helper left are taken over', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  const { id } = alice;
  for (let round = 0; round < 3; round += 1) {
    await alice.kill();
    assert.equal((await alice.start()).nodeId, id);
  }
});

scenario('coexistence: a port in use is left to its owner, another is taken and said', {}, async (world) => {
  const machine = await world.machine('alice');
  const sockets = `[{ type: 'udp4' }, { type: 'udp6', ipv6Only: true }]`;
  const script = `for (const options of ${sockets}) require('node:dgram').createSocket(options).bind(45820)`;
  await machine.start([process.execPath, '-e', script]);
  const alice = world.prepare(machine);
  // The squatter is there before the helper looks.
  await machine.must(['sh', '-c', 'until ss -lnu | grep -q 45820; do sleep 0.05; done']);
  const { ports, warnings } = await alice.start();
  assert.ok(ports.length > 0 && !ports.includes(45820));
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['port-taken'],
  );
  assert.match(warnings[0]?.message ?? '', /45820/);
});

/** Two helpers on one machine, and bob on its LAN. */
async function shared(world: World): Promise<{ one: Helper; two: Helper; bob: Helper }> {
  const [house, b] = [await world.machine('house'), await world.machine('bob')];
  await world.lan([house, b]);
  const one = await world.helper(house, {}, 'one');
  const two = await world.helper(house, { arguments: ['--port', '45821'] }, 'two');
  return { one, two, bob: await world.helper(b) };
}
