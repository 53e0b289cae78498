/** Pasting node IDs: on both sides, on one, and what a request leads to. */
import assert from 'node:assert/strict';
import type { Helper } from '../helper.js';
import { scenario } from '../scenario.js';
import { ping, PingStream } from '../traffic.js';
import { eventually, sleep } from '../wait.js';
import { befriend, type World } from '../world.js';

const firstEchoMs = 2_000;

scenario('paste: on both sides of one LAN, the first echo within 2 s', { alone: true }, async (world, scale) => {
  for (let round = 0; round < (scale === 'long' ? 10 : 2); round += 1) {
    const { alice, bob } = await world.strangers({ number: round + 1 });
    await assertFirstEcho(world, alice, bob);
  }
});

scenario('paste: the first echo within 2 s on each of two LANs', { alone: true }, async (world) => {
  const machines = [await world.machine('bob'), await world.machine('alice'), await world.machine('carol')] as const;
  const [bobs, alices, carols] = machines;
  const lan1 = await world.lan([bobs, alices], { number: 1 });
  const lan2 = await world.lan([alices, carols], { number: 2 });
  const [bob, alice, carol] = [await world.helper(bobs), await world.helper(alices), await world.helper(carols)];
  await assertFirstEcho(world, alice, bob);
  await assertFirstEcho(world, alice, carol);
  const remote = async (peer: Helper): Promise<string> => (await alice.peer(peer)).path?.remote ?? '';
  const isOn = (address: string, number: number): boolean =>
    address.includes(`192.168.${number}.`) || address.includes(`fd00:${number}:`) || address.includes('fe80:');
  assert.ok(isOn(await remote(bob), lan1.options.number), 'bob by the first LAN');
  assert.ok(isOn(await remote(carol), lan2.options.number), 'carol by the second');
});

scenario('paste: on one side only is a wait here, a request there, and no packet through', {}, async (world) => {
  const { alice, bob } = await world.strangers();
  await alice.mustCli('add', bob.id, '--name', 'bob');
  await alice.untilPeer(bob, 'waiting-for-them');
  const { requests, peers, ipv4, ipv6 } = await bob.until(
    'one request',
    5_000,
    (status) => status.requests.length === 1,
  );
  assert.equal(requests[0]?.id, alice.id);
  assert.deepEqual(peers, []);
  for (const address of [ipv4, ipv6]) assert.equal((await ping(alice.machine, address)).received, 0);
  await bob.mustCli('accept', alice.id, '--name', 'alice');
  await Promise.all([alice.untilPeer(bob, 'connected'), bob.untilPeer(alice, 'connected')]);
  for (const address of [ipv4, ipv6]) assert.equal((await ping(alice.machine, address)).received, 3);
  assert.deepEqual((await bob.status()).requests, []);
});

scenario('paste: a rejected request does not come back', {}, async (world) => {
  const { alice, bob } = await requested(world);
  await bob.mustCli('reject', alice.id);
  assert.deepEqual((await bob.status()).requests, []);
  await assertHolds(alice, bob);
  // No is not for ever: the owner may still paste the ID.
  await bob.mustCli('add', alice.id);
  await alice.untilPeer(bob, 'connected');
});

scenario('paste: a blocked request is not heard again, from any start', {}, async (world) => {
  const { alice, bob } = await requested(world);
  await bob.mustCli('block', alice.id);
  await assertHolds(alice, bob);
  assert.equal((await bob.peer(alice)).state, 'blocked');
  await bob.stop();
  await bob.start();
  await alice.mustCli('remove', bob.id);
  await alice.mustCli('add', bob.id);
  await assertHolds(alice, bob);
  assert.equal((await bob.peer(alice)).state, 'blocked');
});

scenario('paste: blocking a connected peer ends its traffic at once', {}, async (world) => {
  const { alice, bob } = await world.pair();
  const { ipv4 } = await bob.status();
  assert.equal((await ping(alice.machine, ipv4)).received, 3);
  await bob.mustCli('block', 'alice');
  assert.equal((await ping(alice.machine, ipv4)).received, 0);
  assert.equal((await bob.peer(alice)).state, 'blocked');
});

scenario('paste: IDs survive spaces, line breaks, quotes and upper case', {}, async (world) => {
  const { alice, bob } = await world.strangers();
  const forms: ((id: string) => string)[] = [
    (id) => `  ${id}\t`,
    (id) => `${id.slice(0, 20)}\n${id.slice(20, 50)}\r\n${id.slice(50)}\n`,
    (id) => `"${id}"`,
    (id) => `‘${id}’`,
    (id) => id.toUpperCase(),
  ];
  for (const form of forms) {
    await alice.mustCli('add', form(bob.id));
    assert.deepEqual(
      (await alice.status()).peers.map(({ id }) => id),
      [bob.id],
    );
    await alice.mustCli('remove', bob.id);
  }
});

scenario('paste: two helpers that dial each other at once settle on one connection', {}, async (world, scale) => {
  const { alice, bob } = await world.strangers();
  const { ipv6 } = await bob.status();
  for (let round = 0; round < (scale === 'long' ? 30 : 4); round += 1) {
    await befriend(alice, bob);
    // What is under way on the connection that gives way is lost with it; settled, nothing is.
    await sleep(500);
    assert.equal((await ping(alice.machine, ipv6, { count: 10, interval: 0.05 })).received, 10, `round ${round}`);
    await Promise.all([alice.mustCli('remove', bob.id), bob.mustCli('remove', alice.id)]);
  }
});

scenario('paste: an invite carries the way to its machine', {}, async (world) => {
  const machines = [await world.machine('alice'), await world.machine('bob')] as const;
  await world.lan(machines);
  const [alice, bob] = [
    await world.helper(machines[0], { arguments: ['--no-mdns'] }),
    await world.helper(machines[1], { arguments: ['--no-mdns'] }),
  ];
  await bob.mustCli('add', alice.id);
  const link = /rayfish:\/\/\S+/.exec(await bob.mustCli('invite'))?.[0];
  assert.ok(link !== undefined, 'the invite is a rayfish:// link');
  await alice.mustCli('add', link);
  await alice.untilPeer(bob, 'connected');
});

/** Pastes on both sides and asserts that an echo is back within the limit, counted from the second paste. */
async function assertFirstEcho(world: World, alice: Helper, bob: Helper): Promise<void> {
  await alice.call('add-peer', { target: bob.id });
  const echoes = await PingStream.start(alice.machine, (await bob.status()).ipv4);
  const pasted = Date.now();
  await bob.call('add-peer', { target: alice.id });
  const took = (await echoes.firstAnswer(pasted, 10_000)) - pasted;
  await echoes.stop();
  world.figures.set(`firstEchoMs ${bob.name}`, took);
  assert.ok(took < firstEchoMs, `the first echo took ${took} ms`);
}

/** Alice has added bob, and bob holds her request. */
async function requested(world: World): Promise<{ alice: Helper; bob: Helper }> {
  const { alice, bob } = await world.strangers();
  await alice.mustCli('add', bob.id);
  await bob.until('one request', 5_000, ({ requests }) => requests.length === 1);
  return { alice, bob };
}

/** Several redials long, alice waits, bob is not asked, and nothing passes. */
async function assertHolds(alice: Helper, bob: Helper): Promise<void> {
  const end = Date.now() + 5_000;
  while (Date.now() < end) {
    assert.deepEqual((await bob.status()).requests, []);
    await sleep(200);
  }
  const { state } = await alice.peer(bob);
  assert.ok(state === 'waiting-for-them' || state === 'connecting' || state === 'offline', state);
  const { ipv4, ipv6 } = await bob.status();
  for (const address of [ipv4, ipv6]) assert.equal((await ping(alice.machine, address)).received, 0);
  await eventually('bob answering', 1_000, () => bob.status());
}
