/** The fast path, attacked on the wire: what is not exactly what the peer sent, once, reaches nobody. */
import assert from 'node:assert/strict';
import { Capture } from '../capture.js';
import { refused, type FastDrop } from '../fast-drops.js';
import { bothFast } from '../fast-pair.js';
import type { Helper } from '../helper.js';
import { Hostile } from '../hostile.js';
import { makeKey } from '../key.js';
import { echoRequest } from '../packet.js';
import { scenario } from '../scenario.js';
import { Tamper, tappedPair, type Datagram } from '../tamper.js';
import { ping } from '../traffic.js';
import { eventually } from '../wait.js';
import { befriend, type World } from '../world.js';

/** Bytes of the shortest datagram and of the longest (docs/protocol.md). */
const shortest = 28;
const longest = 1308;
const indexAt = 1;
const counterAt = 4;
const contentAt = 12;

type Attack = (genuine: Datagram) => Datagram;

scenario(
  'fast path: replayed, cut, changed, of another session, from elsewhere: each refused for its reason',
  { needs: ['tamper', 'tcpdump', 'ethtool'] },
  async (world) => {
    const { alice, bob, tamper } = await tappedPair(world);
    const carols = await indexOfAnother(world, bob);
    const tun = await echoesOutOf(bob);
    const genuine = await tamper.hold(10, () => pingOnce(alice, bob, 10));
    const attacks: [what: string, attack: Attack, reason: FastDrop][] = [
      ['cut to less than a header', sized(contentAt - 1), 'fast-malformed'],
      ['cut to less than header and tag', sized(shortest - 1), 'fast-malformed'],
      ['longer than any', sized(longest + 1), 'fast-malformed'],
      ['with a reserved bit', flipped(0, 0x80), 'fast-malformed'],
      ['with another reserved bit', flipped(0, 0x04), 'fast-malformed'],
      ['of a kind that there is not', flipped(0, 0x03), 'fast-malformed'],
      ['cut to header and tag', sized(shortest), 'fast-forged'],
      ['cut by its last byte', (one) => sized(one.payload.length - 1)(one), 'fast-forged'],
      ['longer by a byte', (one) => sized(one.payload.length + 1)(one), 'fast-forged'],
      ['as long as any', sized(longest), 'fast-forged'],
      ['as one without checksum', flipped(0, 0x01), 'fast-forged'],
      ['as a probe', flipped(0, 0x02), 'fast-forged'],
      ['with a counter to come', flipped(counterAt + 4, 0x01), 'fast-forged'],
      ['with the highest counters', flipped(counterAt, 0x80), 'fast-forged'],
      ['with another first bit', flipped(contentAt, 0x01), 'fast-forged'],
      ['with another last bit', (one) => flipped(one.payload.length - 1, 0x80)(one), 'fast-forged'],
      ['of a session of nobody', flipped(indexAt + 1, 0x01), 'fast-unknown-session'],
      ['of the session of another peer', written(indexAt, carols), 'fast-foreign-address'],
      ['from another port', (one) => ({ ...one, from: one.from.replace(/\d+$/, '45821') }), 'fast-foreign-address'],
      ['from another address', (one) => ({ ...one, from: neighbour(one.from) }), 'fast-foreign-address'],
    ];
    for (const [what, attack, reason] of attacks) {
      await refused(bob, { [reason]: genuine.length }, () => tamper.inject(genuine.map(attack))).catch(
        (thrown: unknown) => {
          throw new Error(what, { cause: thrown });
        },
      );
    }
    assert.deepEqual(await tun.packets(), [], 'none of all those came out of the tunnel');

    // They were worth something all the time: none of the attempts has used them up.
    await refused(bob, {}, () => tamper.inject(genuine));
    await eventually('the genuine ones', 2_000, async () => (await tun.packets()).length === genuine.length);
    await refused(bob, { 'fast-replayed': genuine.length }, () => tamper.inject(genuine));
    assert.equal((await tun.stop()).length, genuine.length, 'each once');
    await bothFast(alice, bob);
  },
);

scenario(
  'fast path: what an authenticated peer sends in the name of another is refused',
  { needs: ['tamper', 'hostile', 'tcpdump', 'ethtool'] },
  async (world) => {
    const [one, other] = [await world.machine('mallory'), await world.machine('alice')];
    const { tamper, lan } = await Tamper.between(world, one, other);
    const alice = await world.helper(other);
    const key = makeKey();
    await alice.call('add-peer', { target: key.nodeId, name: 'mallory' });
    const mallory = await Hostile.dial(one, key, { nodeId: alice.id, address: `${lan.port(other).ipv4}:45820` });
    await alice.untilPeer({ id: key.nodeId }, 'connected');
    await mallory.agree();

    const own = await alice.status();
    const { ipv4, ipv6, path } = await alice.peer({ id: key.nodeId });
    const from = path?.remote ?? '';
    const to = from.startsWith('[') ? `[${lan.port(other).ipv6}]:45820` : `${lan.port(other).ipv4}:45820`;
    const send = async (source: string, destination: string): Promise<void> => {
      await tamper.inject([{ from, to, payload: await mallory.seal(echoRequest(source, destination)) }]);
    };
    const tun = await echoesOutOf(alice);
    await refused(alice, {}, () => send(ipv4 ?? '', own.ipv4));
    await eventually('what she may send', 2_000, async () => (await tun.packets()).length === 1);

    const foreign: [source: string, destination: string][] = [
      [own.ipv4, own.ipv4],
      ['100.64.0.1', own.ipv4],
      [lan.port(one).ipv4, own.ipv4],
      ['127.0.0.1', own.ipv4],
      [own.ipv6, own.ipv6],
      ['2001:db8::1', own.ipv6],
      ['::1', own.ipv6],
    ];
    for (const [source, destination] of foreign) {
      await refused(alice, { 'foreign-source': 1 }, () => send(source, destination));
    }
    await refused(alice, { 'foreign-destination': 1 }, () => send(ipv4 ?? '', lan.port(other).ipv4));
    await refused(alice, { 'foreign-destination': 1 }, () => send(ipv6, lan.port(other).ipv6));
    assert.equal((await tun.stop()).length, 1, 'none of those came out of the tunnel');
  },
);

scenario(
  'fast path: what was valid before standby or a reconnect never is again',
  { needs: ['tamper', 'tcpdump', 'ethtool'] },
  async (world) => {
    const { alice, bob, tamper } = await tappedPair(world);
    const tun = await echoesOutOf(bob);
    const [valid, ...kept] = await tamper.hold(10, () => pingOnce(alice, bob, 10));
    if (valid === undefined) throw new Error('nothing was held');
    await refused(bob, {}, () => tamper.inject([valid]));
    await eventually('a valid one', 2_000, async () => (await tun.packets()).length === 1);

    const renewals: (() => Promise<unknown>)[] = [
      async () => {
        await alice.call('down', {});
        await alice.call('up', {});
      },
      async () => {
        await alice.stop();
        await alice.start();
      },
      async () => {
        await bob.kill();
        await bob.start();
      },
    ];
    for (const renew of renewals) {
      const before = (await tun.packets()).length;
      await renew();
      await alice.untilPeer(bob, 'connected', 20_000);
      await bothFast(alice, bob, 20_000);
      await refused(bob, { 'fast-unknown-session': kept.length }, () => tamper.inject(kept));
      const [present] = await tamper.hold(1, () => pingOnce(alice, bob, 1));
      const index = present?.payload.subarray(indexAt, counterAt) ?? Buffer.alloc(0);
      const moved = kept.map(written(indexAt, index)).map(written(counterAt, Buffer.from([0, 0, 0, 1])));
      await refused(bob, { 'fast-forged': moved.length }, () => tamper.inject(moved));
      assert.equal((await tun.packets()).length, before, 'nothing came out of the tunnel');
    }
  },
);

/** The index by which a helper knows the session of one more peer of it, on a LAN of their own. */
async function indexOfAnother(world: World, helper: Helper): Promise<Buffer> {
  const machine = await world.machine('carol');
  const lan = await world.lan([machine, helper.machine], { number: 2 });
  const carol = await world.helper(machine);
  await befriend(carol, helper);
  await bothFast(carol, helper);
  const tap = await Tamper.on(helper.machine, lan);
  const [datagram] = await tap.capture(1, () => pingOnce(carol, helper, 1));
  return datagram?.payload.subarray(indexAt, counterAt) ?? Buffer.alloc(0);
}

/** What comes out of a helper's tunnel device by way of echo requests to it. */
async function echoesOutOf(helper: Helper): Promise<Capture> {
  const { tun, ipv4, ipv6 } = await helper.status();
  const filter = `(icmp[icmptype] = icmp-echo and dst ${ipv4}) or (icmp6 and ip6[40] = 128 and dst ${ipv6})`;
  return Capture.start(helper.machine, tun?.name ?? '', filter);
}

async function pingOnce(from: Helper, to: Helper, count: number): Promise<void> {
  await ping(from.machine, (await to.status()).ipv4, { count, interval: 0.01 });
}

/** Cut or filled up with zeros to that many bytes. */
function sized(length: number): Attack {
  return (one) => {
    const payload = Buffer.alloc(length);
    one.payload.copy(payload);
    return { ...one, payload };
  };
}

function flipped(byte: number, bits: number): Attack {
  return (one) => written(byte, Buffer.from([one.payload.readUInt8(byte) ^ bits]))(one);
}

/** With these bytes in place of its own. */
function written(at: number, bytes: Buffer): Attack {
  return (one) => {
    const payload = Buffer.from(one.payload);
    bytes.copy(payload, at);
    return { ...one, payload };
  };
}

/** Another address of the same network, same port. */
function neighbour(address: string): string {
  return address.replace(
    /[.:]\w+(\]?:\d+)$/,
    (_all, port: string) => `${address.startsWith('[') ? ':' : '.'}77${port}`,
  );
}
