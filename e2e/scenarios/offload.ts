/** What a peer can do with the one bit it may say about a packet: that its checksum is left out. */
import assert from 'node:assert/strict';
import type { Helper } from '../helper.js';
import { Hostile } from '../hostile.js';
import { makeKey } from '../key.js';
import { checksumAt, icmpEchoOf, ip, protocol, pseudoSum, tcp, udp, type Ends } from '../packet.js';
import { Recording } from '../recording.js';
import { scenario } from '../scenario.js';
import { Tamper } from '../tamper.js';
import { eventually } from '../wait.js';
import type { World } from '../world.js';

/** Context of a QUIC datagram with a packet whose checksum is left out. */
const unsummed = Buffer.from([3]);

for (const carrier of ['quic', 'fast'] as const) {
  for (const offload of ['on', 'off'] as const) {
    scenario(
      `offload: a peer that says of any packet that its checksum is left out, by ${carrier}, the receiver's offload ${offload}`,
      { needs: ['hostile', 'tamper', 'tcpdump', 'ethtool'] },
      async (world) => {
        const { alice, send, families } = await infiltrated(world, carrier, offload);
        const { tun } = await alice.status();
        const sources = families.map(({ source }) => `src host ${source}`).join(' or ');
        const recording = await Recording.start(alice.machine, tun?.name ?? '', sources);
        for (const [what, packet] of families.flatMap(refused)) {
          const before = await dropped(alice);
          await send(packet);
          const counted = async (): Promise<boolean> => (await dropped(alice)) === before + 1;
          await eventually(`${what}: dropped and counted as malformed`, 3_000, counted);
        }
        assert.deepEqual(await recording.packets(), [], 'nothing of it came out of the device');
        const taken = families.flatMap((ends) => allowed(ends).map((packet) => ({ ends, packet })));
        for (const { packet } of taken) await send(spoilt(packet));
        const seen = await recording.stop(taken.length);
        const expected = taken.map(({ ends, packet }) => (offload === 'on' ? partial(ends, packet) : packet));
        assert.deepEqual(hex(seen), hex(expected), 'each came out whole, its checksum ours');
      },
    );
  }
}

/** What has no TCP or UDP checksum that the receiver could find by itself. */
function refused(ends: Ends): [what: string, packet: Buffer][] {
  const isV6 = ends.source.includes(':');
  const content = Buffer.alloc(40, 7);
  const datagram = udp(ends, { content });
  const ofUdp = (what: string, payload: Buffer): [string, Buffer] => [
    what,
    ip(ends, { protocol: protocol.udp, payload }),
  ];
  const ofTcp = (what: string, payload: Buffer): [string, Buffer] => [
    what,
    ip(ends, { protocol: protocol.tcp, payload }),
  ];
  const behind = (next: number, header: Buffer): Buffer =>
    ip(ends, { protocol: next, payload: Buffer.concat([header, datagram]) });
  const ofFamily: [string, Buffer][] = isV6
    ? [
        ['UDP behind a hop-by-hop header', behind(protocol.hopByHop, Buffer.from([17, 0, 1, 4, 0, 0, 0, 0]))],
        ['UDP behind destination options', behind(protocol.destinationOptions, Buffer.from([17, 0, 1, 4, 0, 0, 0, 0]))],
        ['a first fragment', behind(protocol.fragment, Buffer.from([17, 0, 0, 1, 0, 0, 0, 7]))],
        ['a whole packet with a fragment header', behind(protocol.fragment, Buffer.from([17, 0, 0, 0, 0, 0, 0, 7]))],
      ]
    : [0x2000, 0x0001, 0x2005].map((fragmentation) => [
        `a fragment (${fragmentation})`,
        ip(ends, { protocol: protocol.udp, payload: datagram, fragmentation }),
      ]);
  return [
    ...ofFamily,
    ['an echo request', ip(ends, icmpEchoOf(ends, content))],
    ['SCTP', ip(ends, { protocol: protocol.sctp, payload: content })],
    ['an unknown protocol', ip(ends, { protocol: protocol.experiment, payload: content })],
    ofUdp('half a UDP header', datagram.subarray(0, 7)),
    ...[0, 7, 8, 47, 49, 65_535].map((length) => ofUdp(`a UDP length of ${length}`, udp(ends, { length, content }))),
    ofTcp('half a TCP header', tcp(ends).subarray(0, 19)),
    ofTcp('a TCP header of four words', tcp(ends, { words: 4, content })),
    ofTcp('a TCP header beyond the packet', tcp(ends, { words: 15, content: content.subarray(0, 39) })),
  ];
}

/** What has one, at the edges; no two could be merged. */
function allowed(ends: Ends): Buffer[] {
  const isV6 = ends.source.includes(':');
  const largest = 1280 - (isV6 ? 48 : 28);
  const contents = [0, 1, 99, largest].map((length) => Buffer.alloc(length, length));
  const options = Buffer.alloc(40, 1);
  const packets = [
    ...contents.map((content, port) => ({
      protocol: protocol.udp,
      payload: udp(ends, { destinationPort: 20 + port, content }),
    })),
    { protocol: protocol.tcp, payload: tcp(ends) },
    { protocol: protocol.tcp, payload: tcp(ends, { flags: 0x38, urgent: 3, options, content: Buffer.alloc(7, 1) }) },
  ];
  // The longest IPv4 header there is: a checksum is not where it is in all other packets.
  const withOptions = packets.slice(1, 3).map((fields) => ({ ...fields, options }));
  return [...packets, ...(isV6 ? [] : withOptions)].map((fields) => ip(ends, fields));
}

/** Where in a packet its TCP or UDP checksum is, and the bytes that it covers. */
function transportOf(packet: Buffer): { at: number; number: number; length: number } {
  const isV6 = (packet[0] ?? 0) >> 4 === 6;
  const header = isV6 ? 40 : ((packet[0] ?? 0) & 15) * 4;
  const number = packet[isV6 ? 6 : 9] ?? 0;
  return { at: header + (checksumAt[number] ?? 0), number, length: packet.length - header };
}

/** The packet with a checksum that is none. */
function spoilt(packet: Buffer): Buffer {
  const changed = Buffer.from(packet);
  changed.writeUInt16BE(0xdead, transportOf(packet).at);
  return changed;
}

/** The packet as a device with offload has it: only the sum of the pseudo-header is there, the kernel knows the rest. */
function partial(ends: Ends, packet: Buffer): Buffer {
  const { at, number, length } = transportOf(packet);
  const changed = Buffer.from(packet);
  changed.writeUInt16BE(pseudoSum(ends, number, length), at);
  return changed;
}

function hex(packets: readonly Buffer[]): string[] {
  return packets.map((packet) => packet.toString('hex'));
}

async function dropped(helper: Helper): Promise<number> {
  return (await helper.status()).drops['malformed-header'] ?? 0;
}

interface Scene {
  alice: Helper;
  /** Has mallory send a packet and say that its checksum is left out. */
  send: (packet: Buffer) => Promise<void>;
  /** Mallory's addresses and alice's. */
  families: readonly Ends[];
}

/** Alice has added mallory, who is connected and keeps to no rule. */
async function infiltrated(world: World, carrier: 'quic' | 'fast', offload: 'on' | 'off'): Promise<Scene> {
  const [one, other] = [await world.machine('mallory'), await world.machine('alice')];
  const { tamper, lan } = await Tamper.between(world, one, other);
  const alice = await world.helper(other);
  if (offload === 'off') {
    await alice.mustCli('config', 'set', 'offload', 'off');
    await alice.stop();
    await alice.start();
  }
  const key = makeKey();
  await alice.call('add-peer', { target: key.nodeId, name: 'mallory' });
  const { ipv4, ipv6 } = await alice.status();
  const { ipv4: own4, ipv6: own6 } = lan.port(other);
  const mallory = await Hostile.dial(one, key, { nodeId: alice.id, address: `${own4}:45820` });
  await mallory.seen('connected');
  await alice.untilPeer({ id: key.nodeId }, 'connected');
  const peer = await alice.peer({ id: key.nodeId });
  const families = [
    { source: peer.ipv4 ?? '', destination: ipv4 },
    { source: peer.ipv6, destination: ipv6 },
  ];
  if (carrier === 'quic') {
    return { alice, families, send: (packet) => mallory.send([Buffer.concat([unsummed, packet])]) };
  }
  await mallory.agree();
  const from = peer.path?.remote ?? '';
  const to = from.startsWith('[') ? `[${own6}]:45820` : `${own4}:45820`;
  const send = async (packet: Buffer): Promise<void> =>
    tamper.inject([{ from, to, payload: await mallory.seal(packet, { unsummed: true }) }]);
  return { alice, families, send };
}
