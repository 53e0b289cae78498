/** The same traffic over a plain cable and through the tunnel in every way it goes: what comes out has to be the same. */
import assert from 'node:assert/strict';
import { craftedPackets, datagrams } from '../corpus.js';
import { byCarrier } from '../fast-pair.js';
import type { Helper } from '../helper.js';
import type { Machine } from '../machine.js';
import { Recording } from '../recording.js';
import { scenario, type Scale } from '../scenario.js';
import { Sink, send, type Batch } from '../sockets.js';
import { transfer } from '../traffic.js';
import { befriend, type World } from '../world.js';

type Switch = 'on' | 'off';

/** One end of a way: where it is, its addresses there and the device they are on. */
interface End {
  machine: Machine;
  ipv4: string;
  ipv6: string;
  device: string;
}

/** What came out at the receiver's end. */
interface Arrivals {
  /** Crafted packets, as its device had them, in hexadecimal. */
  packets: string[];
  /** Datagrams at its socket. */
  datagrams: string[];
}

for (const carrier of ['quic', 'fast'] as const) {
  for (const [here, there] of [
    ['off', 'off'],
    ['on', 'off'],
    ['off', 'on'],
    ['on', 'on'],
  ] as const) {
    const name = `differential: by ${carrier}, offload ${here} at the sender and ${there} at the receiver: as over a cable`;
    scenario(name, { needs: ['perl', 'tcpdump', 'ethtool'], timeoutMs: 120_000 }, async (world, scale) => {
      const ends = await throughTunnel(world, carrier, here, there);
      const [sender, receiver] = ends;
      const cable = await overCable(world, sender, receiver);
      const expected = await arrivals(...cable, scale);
      const sent = families(...ends).flatMap(craftedPackets);
      assert.deepEqual(expected.packets, sorted(sent), 'the cable itself changes nothing');
      // A tunnel may lose packets where the machine is busy. It may not bring others, or one twice.
      for (let missing = Infinity, tries = 1; missing > 0; tries += 1) {
        const found = await arrivals(...ends, scale);
        const packets = difference(found.packets, expected.packets);
        const atSocket = difference(found.datagrams, expected.datagrams);
        assert.deepEqual([packets.more, atSocket.more], [[], []], 'nothing is changed or doubled');
        missing = packets.fewer.length + atSocket.fewer.length;
        assert.ok(missing === 0 || tries < 3, `missing: ${[...packets.fewer, ...atSocket.fewer].join(' ')}`);
      }
      await streams(...ends, scale);
    });
  }
}

/** Two helpers that send to each other that way. */
async function throughTunnel(
  world: World,
  carrier: 'quic' | 'fast',
  here: Switch,
  there: Switch,
): Promise<readonly [End, End]> {
  const { alice, bob } = await world.strangers();
  await Promise.all([configure(alice, carrier, here), configure(bob, carrier, there)]);
  await befriend(alice, bob);
  await Promise.all([byCarrier(alice, bob, carrier, 10_000), byCarrier(bob, alice, carrier, 10_000)]);
  return [await end(alice), await end(bob)];
}

async function configure(helper: Helper, carrier: 'quic' | 'fast', offload: Switch): Promise<void> {
  await helper.mustCli('config', 'set', 'offload', offload);
  await helper.mustCli('config', 'set', 'fast-path', carrier === 'fast' ? 'on' : 'off');
  await helper.stop();
  await helper.start();
}

async function end(helper: Helper): Promise<End> {
  const { ipv4, ipv6, tun } = await helper.status();
  return { machine: helper.machine, ipv4, ipv6, device: tun?.name ?? '' };
}

/** Two machines on a cable with the addresses and the MTU of a tunnel, and no offload at all. */
async function overCable(world: World, sender: End, receiver: End): Promise<readonly [End, End]> {
  const [one, other] = [await world.machine('cable'), await world.machine('cable')];
  const { interface: device } = await world.lan([one, other], { number: 9, mtu: 1280 });
  const [here, there] = [
    { ...sender, machine: one, device },
    { ...receiver, machine: other, device },
  ];
  for (const [own, remote] of [
    [here, there],
    [there, here],
  ] as const) {
    const { machine } = own;
    await machine.must(['ethtool', '-K', device, 'tx', 'off', 'rx', 'off', 'gro', 'off']);
    await machine.ip(`address add ${own.ipv4} peer ${remote.ipv4} dev ${device}`);
    await machine.ip(`address add ${own.ipv6} peer ${remote.ipv6} dev ${device} nodad`);
    const hardware = /link\/ether (\S+)/.exec(await remote.machine.ip(`link show ${device}`))?.[1] ?? '';
    for (const address of [remote.ipv4, remote.ipv6]) {
      await machine.ip(`neighbour add ${address} lladdr ${hardware} dev ${device} nud permanent`);
    }
  }
  return [here, there];
}

/** Sends one of everything from one end to the other. */
async function arrivals(sender: End, receiver: End, scale: Scale): Promise<Arrivals> {
  const ends = families(sender, receiver);
  const batches = ends.flatMap(({ destination }) => datagrams(destination, scale));
  const before = await refusals(receiver.machine);
  const sink = await Sink.start(receiver.machine);
  await send(sender.machine, batches);
  const atSocket = await sink.stop(batches.reduce((sum, batch) => sum + count(batch), 0));
  assert.equal(await refusals(receiver.machine), before, "the receiver's kernel found every checksum right");

  const sources = ends.map(({ source }) => `src host ${source}`).join(' or ');
  const recording = await Recording.start(receiver.machine, receiver.device, sources);
  const packets = ends.map((pair) => ({ kind: 'raw', to: pair.destination, contents: craftedPackets(pair) }) as const);
  await send(sender.machine, packets);
  const atDevice = await recording.stop(packets.reduce((sum, { contents }) => sum + contents.length, 0));
  return { packets: sorted(atDevice), datagrams: atSocket };
}

/** How many datagrams a batch becomes: those that the kernel segments are several. */
function count({ contents, options = [] }: Batch): number {
  const segment = options.find(({ level }) => level === 17)?.value.readInt32LE() ?? Infinity;
  return contents.reduce((sum, content) => sum + Math.max(1, Math.ceil(content.length / segment)), 0);
}

/** Bytes of TCP in both directions, whose checksums the receiver's kernel finds right. */
async function streams(sender: End, receiver: End, scale: Scale): Promise<void> {
  const bytes = scale === 'long' ? 100_000_000 : 3_000_000;
  const before = await Promise.all([refusals(sender.machine), refusals(receiver.machine)]);
  for (const family of ['ipv4', 'ipv6'] as const) {
    assert.ok(await transfer(sender.machine, receiver.machine, receiver[family], bytes), `${family}, there`);
    assert.ok(await transfer(receiver.machine, sender.machine, sender[family], bytes), `${family}, back`);
  }
  assert.deepEqual(await Promise.all([refusals(sender.machine), refusals(receiver.machine)]), before);
}

/** How often the machine's kernel has refused a packet or a checksum so far. */
async function refusals(machine: Machine): Promise<number> {
  const four = await machine.must(['cat', '/proc/net/snmp']);
  const six = await machine.must(['cat', '/proc/net/snmp6']);
  const table = new Map<string, number>();
  const lines = four.trim().split('\n');
  for (let at = 0; at + 1 < lines.length; at += 2) {
    const [names, values] = [lines[at]?.split(' ') ?? [], lines[at + 1]?.split(' ') ?? []];
    names.forEach((name, index) => table.set(`${names[0] ?? ''}${name}`, Number(values[index])));
  }
  for (const [, name = '', value] of six.matchAll(/^(\S+)\s+(\d+)$/gm)) table.set(name, Number(value));
  const of = (names: readonly string[]): number =>
    names.reduce((sum, name) => {
      const value = table.get(name);
      assert.ok(value !== undefined, `the kernel counts ${name}`);
      return sum + value;
    }, 0);
  const counted = [
    'Ip:InHdrErrors',
    'Ip:ReasmFails',
    'Tcp:InErrs',
    'Tcp:InCsumErrors',
    'Udp:InErrors',
    'Udp:InCsumErrors',
  ];
  const counted6 = ['Ip6InHdrErrors', 'Ip6ReasmFails', 'Udp6InErrors', 'Udp6InCsumErrors'];
  // Where a socket was full, ours on the cable among them: lost, not refused.
  const lost = ['Udp:RcvbufErrors', 'Udp6RcvbufErrors'];
  return of([...counted, ...counted6]) - of(lost);
}

function families(sender: End, receiver: End): readonly { source: string; destination: string }[] {
  return [
    { source: sender.ipv4, destination: receiver.ipv4 },
    { source: sender.ipv6, destination: receiver.ipv6 },
  ];
}

/** What there is more and fewer of than was expected. */
function difference(found: readonly string[], expected: readonly string[]): { more: string[]; fewer: string[] } {
  const fewer = [...expected];
  const more = found.filter((one) => {
    const at = fewer.indexOf(one);
    if (at >= 0) fewer.splice(at, 1);
    return at < 0;
  });
  return { more, fewer };
}

function sorted(packets: readonly Buffer[]): string[] {
  return packets.map((packet) => packet.toString('hex')).sort();
}
