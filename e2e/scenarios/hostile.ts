/** Peers and strangers that keep to no rule. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { overlayAddresses } from '../../src/shared/overlay-address.js';
import { Capture } from '../capture.js';
import type { Helper } from '../helper.js';
import { Hostile, type Target } from '../hostile.js';
import { grindCollision, makeKey, type Key } from '../key.js';
import type { Lan } from '../lan.js';
import type { Machine } from '../machine.js';
import { echoRequest } from '../packet.js';
import { scenario } from '../scenario.js';
import { ping } from '../traffic.js';
import { eventually, sleep, timed } from '../wait.js';
import { befriend, type World } from '../world.js';

const wholePacket = Buffer.from([0]);
const maxRequests = 32;

scenario(
  'hostile: packets of foreign sources and packets that are none are dropped and counted',
  { needs: ['hostile', 'tcpdump'] },
  async (world) => {
    const { alice, mallory, key, bob } = await infiltrated(world);
    const own = await alice.status();
    const { ipv4: mallorys4, ipv6: mallorys6 } = await alice.peer({ id: key.nodeId });
    const bobs = await bob.status();
    const capture = await Capture.start(alice.machine, own.tun?.name ?? '', 'icmp or icmp6');
    const packet = (bytes: Buffer): Buffer => Buffer.concat([wholePacket, bytes]);

    const honest = [echoRequest(mallorys4 ?? '', own.ipv4), echoRequest(mallorys6, own.ipv6)];
    await mallory.send(honest.map(packet));
    await mallory.seen('datagram');
    const dropsBefore = await totalDrops(alice);

    const whole = honest[0] ?? Buffer.alloc(0);
    const whole6 = honest[1] ?? Buffer.alloc(0);
    const evil: [what: string, datagram: Buffer][] = [
      ["another peer's IPv4", packet(echoRequest(bobs.ipv4, own.ipv4))],
      ["another peer's IPv6", packet(echoRequest(bobs.ipv6, own.ipv6))],
      ['our own IPv4 as source', packet(echoRequest(own.ipv4, own.ipv4))],
      ['our own IPv6 as source', packet(echoRequest(own.ipv6, own.ipv6))],
      ['a foreign IPv4', packet(echoRequest('192.0.2.1', own.ipv4))],
      ['a LAN IPv4', packet(echoRequest('192.168.1.1', own.ipv4))],
      ['a foreign IPv6', packet(echoRequest('2001:db8::1', own.ipv6))],
      ['loopback', packet(echoRequest('127.0.0.1', own.ipv4))],
      ['a destination beyond us', packet(echoRequest(mallorys4 ?? '', bobs.ipv4))],
      ['a multicast destination', packet(echoRequest(mallorys6, 'ff02::1'))],
      ['a broadcast destination', packet(echoRequest(mallorys4 ?? '', '255.255.255.255'))],
      ['a truncated IPv4 packet', packet(whole.subarray(0, whole.length - 3))],
      ['a truncated IPv6 packet', packet(whole6.subarray(0, whole6.length - 3))],
      ['half an IPv4 header', packet(whole.subarray(0, 10))],
      ['an IPv4 header of 4 words', packet(Buffer.concat([Buffer.from([0x44]), whole.subarray(1)]))],
      ['trailing bytes', packet(Buffer.concat([whole, Buffer.alloc(9)]))],
      ['an oversized packet', packet(Buffer.concat([whole, Buffer.alloc(1_100)]))],
      ['no IP at all', packet(Buffer.from('hello, is anybody there?'))],
      ['IP version 0', packet(Buffer.alloc(40))],
      ['an empty packet', packet(Buffer.alloc(0))],
      ['an empty datagram', Buffer.alloc(0)],
      ['an unknown context', Buffer.concat([Buffer.from([0x3f]), whole])],
      ['half a fragment', Buffer.from([1, 0, 0])],
      ['noise', Buffer.from([0xff, ...Buffer.alloc(64, 0xa5)])],
    ];
    const seenBefore = (await capture.packets()).length;
    for (const [what, datagram] of evil) {
      const before = await totalDrops(alice);
      await mallory.send([datagram]);
      await eventually(`${what} counted as dropped`, 3_000, async () => (await totalDrops(alice)) > before);
    }
    assert.ok((await totalDrops(alice)) >= dropsBefore + evil.length);
    assert.equal((await capture.stop()).length, seenBefore, 'none of it came out of the tunnel device');
    assert.equal((await ping(bob.machine, own.ipv4)).received, 3, 'and bob is not disturbed');
  },
);

scenario(
  'hostile: fragments that never end do not fill memory',
  { needs: ['hostile'], timeoutMs: 90_000 },
  async (world, scale) => {
    const { alice, bob, mallory } = await infiltrated(world);
    const before = await alice.residentKb();
    const rounds = scale === 'long' ? 200 : 20;
    for (let round = 0; round < rounds; round += 1) {
      const parts = Array.from({ length: 500 }, (_none, index) => {
        const head = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
        head.writeUInt32BE(round * 500 + index, 1);
        return Buffer.concat([head, Buffer.alloc(900, index)]);
      });
      await mallory.send(parts);
    }
    const grownKb = (await alice.residentKb()) - before;
    world.figures.set('grownKb', grownKb);
    assert.ok(grownKb < 20_000, `grew by ${grownKb} kB`);
    assert.equal((await ping(bob.machine, (await alice.status()).ipv4)).received, 3);
  },
);

scenario('hostile: a flood of control messages, and messages that are none', { needs: ['hostile'] }, async (world) => {
  const { alice, bob, mallory, key } = await infiltrated(world);
  mallory.message('not json');
  mallory.message('{"type":"unheard-of"}');
  mallory.message('{"type":"renamed","name":7}');
  mallory.message(JSON.stringify({ type: 'renamed', name: 'evil\u202egpj\u0007'.repeat(40) }), 2_000);
  await sleep(1_000);
  const took = await timed(() => alice.status());
  assert.ok(took < 500, `status took ${took} ms`);
  assert.equal((await ping(bob.machine, (await alice.status()).ipv4)).received, 3);
  const peer = (await alice.status()).peers.find(({ id }) => id === key.nodeId);
  assert.ok((peer?.claimedName ?? '').length <= 64);
  // eslint-disable-next-line no-control-regex -- control characters are what must not be there
  assert.doesNotMatch(peer?.claimedName ?? '', /[\u0000-\u001f\u202a-\u202e\u2066-\u2069]/);
});

scenario(
  'hostile: a stranger gets no packet, no name and no list',
  { needs: ['hostile', 'tcpdump'] },
  async (world) => {
    const { alice, target, attacker } = await attacked(world);
    const stranger = makeKey();
    const own = await alice.status();
    const capture = await Capture.start(alice.machine, own.tun?.name ?? '', 'icmp or icmp6');
    const mallory = await Hostile.dial(attacker, stranger, target);
    await mallory
      .send([Buffer.concat([wholePacket, echoRequest(overlayAddresses(stranger.nodeId).ipv4, own.ipv4)])])
      .catch(() => undefined);
    await mallory.seen('closed', 12_000);
    const told = (await mallory.events()).filter(({ event }) => event === 'message' || event === 'datagram');
    assert.deepEqual(told, [], 'nothing was told');
    assert.deepEqual(await capture.stop(), []);
    assert.deepEqual((await alice.status()).peers, []);
  },
);

scenario('hostile: a stranger that says nothing is closed after 10 s', { needs: ['hostile'] }, async (world) => {
  const { target, attacker, alice } = await attacked(world);
  const mallory = await Hostile.dial(attacker, makeKey(), target, { silent: true });
  await mallory.seen('closed', 15_000);
  assert.deepEqual((await alice.status()).requests, []);
});

scenario(
  'hostile: 1,000 requests from fresh IDs leave at most 32, bounded memory and a helper that answers',
  { needs: ['hostile'], alone: true, timeoutMs: 180_000 },
  async (world) => {
    const { alice, target, attacker } = await attacked(world);
    const bobMachine = await world.machine('bob');
    await world.lan([alice.machine, bobMachine], { number: 2 });
    const bob = await world.helper(bobMachine);
    await befriend(alice, bob);
    const before = await alice.residentKb();
    let slowest = 0;
    const over = new AbortController();
    const watch = (async (): Promise<void> => {
      while (!over.signal.aborted) {
        slowest = Math.max(slowest, await timed(() => alice.status()));
        assert.ok((await alice.status()).requests.length <= maxRequests);
        await sleep(100);
      }
    })();
    await Hostile.knock(attacker, target, 1_000).finally(() => {
      over.abort();
    });
    await watch;
    const { requests } = await alice.status();
    assert.ok(requests.length > 0 && requests.length <= maxRequests, `${requests.length} requests`);
    const grownKb = (await alice.residentKb()) - before;
    world.figures.set('slowestStatusMs', slowest).set('grownKb', grownKb).set('requests', requests.length);
    assert.ok(grownKb < 40_000, `grew by ${grownKb} kB`);
    assert.ok(slowest < 1_000, `status took ${slowest} ms`);
    assert.equal((await ping(bob.machine, (await alice.status()).ipv4)).received, 3);
  },
);

scenario('collision: of two peers with one IPv4 the later known has none, in either direction', {}, async (world) => {
  const { helpers } = await collide(world);
  const [alice, bob, carol] = helpers;
  await befriend(alice, bob);
  await befriend(alice, carol);
  const { ipv4 } = await bob.status();
  assert.equal((await carol.status()).ipv4, ipv4, 'the keys were ground to collide');
  const { warnings } = await alice.status();
  assert.equal(warnings.find(({ code }) => code === 'ipv4-collision')?.peer, carol.id);
  assert.equal((await alice.peer(bob)).ipv4, ipv4);
  assert.equal((await alice.peer(carol)).ipv4, null);
  const bobHears = await Capture.start(bob.machine, (await bob.status()).tun?.name ?? '', 'icmp');
  const carolHears = await Capture.start(
    carol.machine,
    (await carol.status()).tun?.name ?? '',
    'icmp and dst host ' + ipv4,
  );
  assert.equal((await ping(alice.machine, ipv4)).received, 3);
  assert.ok((await bobHears.stop()).length >= 6, 'bob got the echoes and answered');
  assert.deepEqual(await carolHears.stop(), [], 'carol got none');
  const before = await totalDrops(alice);
  assert.equal((await ping(carol.machine, (await alice.status()).ipv4)).received, 0);
  assert.ok((await totalDrops(alice)) > before, 'and hers are counted');
  assert.equal((await ping(alice.machine, (await carol.status()).ipv6)).received, 3, 'IPv6 works');
});

scenario('collision: a peer with our own IPv4 gets nothing by IPv4', {}, async (world) => {
  const keys = grindCollision((id) => overlayAddresses(id).ipv4);
  const [a, b] = [await world.machine('alice'), await world.machine('bob')];
  await world.lan([a, b]);
  const [alice, bob] = [await withKey(world, a, keys[0]), await withKey(world, b, keys[1])];
  await befriend(alice, bob);
  for (const [one, other] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const { warnings, ipv4 } = await one.status();
    assert.equal(warnings.find(({ code }) => code === 'ipv4-collision')?.peer, other.id);
    assert.equal((await one.peer(other)).ipv4, null);
    assert.match(await one.machine.routeTo(ipv4), /^local /, 'our own address stays ours');
    assert.equal((await ping(one.machine, (await other.status()).ipv6)).received, 3);
  }
});

interface Attacked {
  alice: Helper;
  attacker: Machine;
  target: Target;
  lan: Lan;
}

/** Alice's helper, and a machine on her LAN that runs no helper. */
async function attacked(world: World): Promise<Attacked> {
  const [a, attacker] = [await world.machine('alice'), await world.machine('mallory')];
  const lan = await world.lan([a, attacker]);
  const alice = await world.helper(a);
  const port = (await alice.status()).ports[0] ?? 0;
  return { alice, attacker, lan, target: { nodeId: alice.id, address: `${lan.port(a).ipv4}:${port}` } };
}

/** Alice has added mallory and bob; mallory is connected and keeps to no rule. */
async function infiltrated(world: World): Promise<Attacked & { mallory: Hostile; key: Key; bob: Helper }> {
  const scene = await attacked(world);
  const bobMachine = await world.machine('bob');
  await world.lan([scene.alice.machine, bobMachine], { number: 2 });
  const bob = await world.helper(bobMachine);
  await befriend(scene.alice, bob);
  const key = makeKey();
  await scene.alice.mustCli('add', key.nodeId, '--name', 'mallory');
  const mallory = await Hostile.dial(scene.attacker, key, scene.target);
  await mallory.seen('connected');
  await scene.alice.untilPeer({ id: key.nodeId }, 'connected');
  return { ...scene, mallory, key, bob };
}

async function collide(world: World): Promise<{ helpers: [Helper, Helper, Helper] }> {
  const keys = grindCollision((id) => overlayAddresses(id).ipv4);
  const machines = [await world.machine('alice'), await world.machine('bob'), await world.machine('carol')] as const;
  await world.lan(machines);
  const [a, b, c] = machines;
  return { helpers: [await world.helper(a), await withKey(world, b, keys[0]), await withKey(world, c, keys[1])] };
}

/** A helper whose identity was chosen for it. */
async function withKey(world: World, machine: Machine, key: Key): Promise<Helper> {
  const helper = world.prepare(machine);
  await mkdir(helper.stateDirectory, { recursive: true, mode: 0o700 });
  const identity = JSON.stringify({ version: 1, secretKey: key.secret });
  await writeFile(helper.statePath('identity.json'), identity, { mode: 0o600 });
  const { nodeId } = await helper.start();
  assert.equal(nodeId, key.nodeId, 'the helper took the identity');
  return helper;
}

/** Packets dropped for any reason since the helper started. */
async function totalDrops(helper: Helper): Promise<number> {
  return Object.values((await helper.status()).drops).reduce((sum, count) => sum + count, 0);
}
