/** Somebody else in 100.64.0.0/10 or 200::/7: the seed's `check_cgnat_conflict`, done better. */
import assert from 'node:assert/strict';
import type { Helper } from '../helper.js';
import type { Machine } from '../machine.js';
import { scenario } from '../scenario.js';
import { ping, reaches } from '../traffic.js';
import { sleep } from '../wait.js';
import { befriend, type World } from '../world.js';

const foreign = 'carrier0';
const foreignAddress = '100.90.1.2';
const noticeMs = 3_000;

scenario(
  'cgnat: a foreign interface before the start means IPv6-only with its name and address, and back',
  {},
  async (world) => {
    const { alice, bob } = await conflicted(world);
    await assertIpv6Only(alice, bob);
    await alice.machine.ip(`link del ${foreign}`);
    await assertBothFamilies(alice, bob);
  },
);

scenario('cgnat: a foreign interface after the start, and back, and again', {}, async (world) => {
  const { alice, bob } = await world.pair();
  for (let round = 0; round < 2; round += 1) {
    await assertBothFamilies(alice, bob);
    await occupy(alice.machine, `${foreignAddress}/32`);
    await assertIpv6Only(alice, bob);
    await alice.machine.ip(`link del ${foreign}`);
  }
  await assertBothFamilies(alice, bob);
});

scenario('cgnat: the exact edges of the range count, their neighbours do not', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  await alice.machine.ip(`link add ${foreign} type bridge`);
  for (const outside of ['100.63.255.255', '100.128.0.0', '99.64.0.1', '101.64.0.1']) {
    await alice.machine.ip(`address add ${outside}/32 dev ${foreign}`);
  }
  await alice.machine.ip(`link set ${foreign} up`);
  await sleep(1_000);
  assert.equal((await alice.status()).ipv6Only, false);
  for (const inside of ['100.64.0.0', '100.127.255.255']) {
    await alice.machine.ip(`address add ${inside}/32 dev ${foreign}`);
    await alice.until(`IPv6-only for ${inside}`, noticeMs, ({ ipv6Only }) => ipv6Only);
    await alice.machine.ip(`address del ${inside}/32 dev ${foreign}`);
    await alice.until(`both families without ${inside}`, noticeMs, ({ ipv6Only }) => !ipv6Only);
  }
});

scenario('cgnat: our own address is no conflict, however often we start', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  for (const end of ['stop', 'kill'] as const) {
    await alice[end]();
    const { ipv6Only, warnings } = await alice.start();
    assert.equal(ipv6Only, false);
    assert.deepEqual(warnings, []);
  }
});

scenario('cgnat: "ipv6-only on" carries no IPv4 and is no warning', {}, async (world) => {
  const { alice, bob } = await world.pair();
  await alice.mustCli('config', 'set', 'ipv6-only', 'on');
  const { warnings } = await alice.until('IPv6-only', noticeMs, ({ ipv6Only }) => ipv6Only);
  assert.deepEqual(warnings, []);
  await assertCarriesIpv6Alone(alice, bob);
  await alice.stop();
  assert.equal((await alice.start()).ipv6Only, true);
  await alice.mustCli('config', 'unset', 'ipv6-only');
  await assertBothFamilies(alice, bob);
});

scenario(
  'cgnat: "ipv6-only off" fails with the interface named, the helper reachable and able to come back',
  {},
  async (world) => {
    const machine = await world.machine('alice');
    const alice = await world.helper(machine);
    await alice.mustCli('config', 'set', 'ipv6-only', 'off');
    assert.equal((await alice.status()).state, 'up');
    await alice.stop();
    await occupy(machine, `${foreignAddress}/32`);
    const { state, failure } = await alice.start();
    assert.equal(state, 'failed');
    assert.equal(failure?.code, 'cgnat-conflict');
    assert.match(failure.message, new RegExp(`${foreign}.*${foreignAddress}|${foreignAddress}.*${foreign}`));
    assert.equal((await machine.routes(4)).filter(({ dst }) => dst === '100.64.0.0/10').length, 0);
    await alice.mustCli('config', 'set', 'ipv6-only', 'auto');
    await alice.until('up', noticeMs, ({ state: now, ipv6Only }) => now === 'up' && ipv6Only);
  },
);

scenario('cgnat: "ipv6-only off" and a conflict that comes while up', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  await alice.mustCli('config', 'set', 'ipv6-only', 'off');
  await occupy(alice.machine, `${foreignAddress}/32`);
  const { failure } = await alice.until('failed', noticeMs, ({ state }) => state === 'failed');
  assert.equal(failure?.code, 'cgnat-conflict');
  await alice.machine.ip(`link del ${foreign}`);
  await alice.until('up again', noticeMs, ({ state }) => state === 'up');
});

scenario('200::/7: a foreign route means a route for each peer and a warning, and back', {}, async (world) => {
  const { alice, bob } = await world.pair();
  const { ipv6 } = await bob.status();
  const device = (await alice.status()).tun?.name ?? '';
  await alice.machine.ip(`link add ${foreign} type bridge`);
  await alice.machine.ip(`link set ${foreign} up`);
  await alice.machine.ip(`-6 address add 2a0:1::1/7 dev ${foreign} nodad`);
  const { warnings } = await alice.until('the warning', noticeMs, ({ warnings: now }) =>
    now.some(({ code }) => code === 'overlay-ipv6-conflict'),
  );
  assert.equal(warnings.find(({ code }) => code === 'overlay-ipv6-conflict')?.interface, foreign);
  const ways = await alice.machine.routes(6);
  assert.ok(
    ways.some(({ dst, dev }) => dst === ipv6 && dev === device),
    'a route to the peer',
  );
  assert.ok(!ways.some(({ dst, dev }) => dst === '200::/7' && dev === device), 'and none to the whole range');
  await reaches(alice.machine, ipv6);
  assert.match(
    await alice.machine.routeTo('2a0:1::77'),
    new RegExp(`dev ${foreign}`),
    'the rest of the range is theirs',
  );
  await alice.machine.ip(`link del ${foreign}`);
  await alice.until('no warning', noticeMs, ({ warnings: now }) => now.length === 0);
  assert.ok((await alice.machine.routes(6)).some(({ dst, dev }) => dst === '200::/7' && dev === device));
});

/** A bridge is enough of an interface for an address that is not ours. */
async function occupy(machine: Machine, address: string): Promise<void> {
  await machine.ip(`link add ${foreign} type bridge`);
  await machine.ip(`address add ${address} dev ${foreign}`);
  await machine.ip(`link set ${foreign} up`);
}

/** Alice's machine has a foreign address in the range before she starts. */
async function conflicted(world: World): Promise<{ alice: Helper; bob: Helper }> {
  const [a, b] = [await world.machine('alice'), await world.machine('bob')];
  await world.lan([a, b]);
  await occupy(a, `${foreignAddress}/32`);
  const [alice, bob] = [await world.helper(a), await world.helper(b)];
  await befriend(alice, bob);
  return { alice, bob };
}

async function assertIpv6Only(alice: Helper, bob: Helper): Promise<void> {
  const { state, warnings } = await alice.until('IPv6-only', noticeMs, ({ ipv6Only }) => ipv6Only);
  assert.equal(state, 'up');
  const [warning] = warnings;
  assert.equal(warnings.length, 1);
  assert.equal(warning?.code, 'cgnat-conflict');
  assert.equal(warning.interface, foreign);
  assert.equal(warning.address, foreignAddress);
  await assertCarriesIpv6Alone(alice, bob);
}

async function assertCarriesIpv6Alone(alice: Helper, bob: Helper): Promise<void> {
  const { tun, ipv4 } = await alice.status();
  const device = await alice.machine.link(tun?.name ?? '');
  const own = device?.addr_info.find(({ local }) => local === ipv4);
  assert.equal(own?.prefixlen, 32, 'the IPv4 address is there, unrouted');
  const ways = (await alice.machine.routes(4)).filter(({ dst }) => dst === '100.64.0.0/10');
  assert.deepEqual(ways, [], 'the range is left to the other');
  const there = await bob.status();
  await reaches(alice.machine, there.ipv6);
  assert.equal((await ping(alice.machine, there.ipv4, { count: 2 })).received, 0);
}

async function assertBothFamilies(alice: Helper, bob: Helper): Promise<void> {
  await alice.until('both families', noticeMs, ({ ipv6Only, warnings }) => !ipv6Only && warnings.length === 0);
  const there = await bob.status();
  for (const address of [there.ipv4, there.ipv6]) await reaches(alice.machine, address);
}
