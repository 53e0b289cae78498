/** Our helper with more than one peer: known ones, connected ones, and several that are sent to at once. */
import { writeFile } from 'node:fs/promises';
import { byCarrier } from '../e2e/fast-pair.js';
import type { Helper } from '../e2e/helper.js';
import { Hostile } from '../e2e/hostile.js';
import { makeKey } from '../e2e/key.js';
import type { Machine } from '../e2e/machine.js';
import { Load } from '../e2e/traffic.js';
import { sleep } from '../e2e/wait.js';
import type { World } from '../e2e/world.js';
import { prepareHelper, record, startHelper } from './contenders/ours.js';
import type { Figure, Measured } from './figures.js';
import { connect, tcpOnly, type Effort } from './measures.js';
import type { Played, Row } from './rows.js';
import { makeSite } from './site.js';
import { residentMB } from './usage.js';

/** After the last connection, for what the helper does once. */
const restMs = 2_000;
/** After the last stream has begun, until all run at full speed. */
const settleMs = 1_000;
/** Of IPv4 and of TCP with its timestamps. */
const headerBytes = 52;

/** One stream with one known peer and with many, each on machines of its own and each the first every other time. */
export function knownPeers(many: number): Row['play'] {
  const turns: [known: number, figure: Figure][] = [
    [1, 'oneKnownMbps'],
    [many, 'thousandKnownMbps'],
  ];
  return async (contender, world, effort): Promise<Played> => {
    const measured: Measured = {};
    turns.reverse();
    for (const [known, figure] of turns) {
      const site = await makeSite(world);
      const subject = { ...(await contender.join(site, known)), site, effort };
      await connect(subject);
      measured[figure] = (await tcpOnly(subject)).tcp1Mbps ?? NaN;
      for (const { machine } of subject.ends) await world.remove(machine);
    }
    return { measured, problems: [] };
  };
}

/** One helper that sends to one of its peers and to all of them at once, each the first every other time. */
export function connectedHelpers(count: number): Row['play'] {
  let plays = 0;
  return async (_contender, world, effort): Promise<Played> => {
    plays += 1;
    return { measured: await sendToConnected(world, count, plays % 2 === 0, effort), problems: [] };
  };
}

async function sendToConnected(
  world: World,
  count: number,
  allFirst: boolean,
  { tcpSeconds }: Effort,
): Promise<Measured> {
  const machines: Machine[] = [];
  for (let index = 0; index <= count; index += 1) machines.push(await world.machine(`m${index}`));
  await world.lan(machines);
  const helpers: Helper[] = [];
  for (const machine of machines) helpers.push(await startHelper(world, machine, 0));
  const [sender, ...receivers] = helpers;
  const [first] = receivers;
  if (sender === undefined || first === undefined) throw new Error('there is nobody to send to');
  for (const receiver of receivers) {
    await sender.call('add-peer', { target: receiver.id, name: receiver.name });
    await receiver.call('add-peer', { target: sender.id, name: sender.name });
  }
  for (const receiver of receivers) {
    await sender.untilPeer(receiver, 'connected', 20_000);
    await byCarrier(sender, receiver, 'fast');
  }
  await sleep(restMs);
  const measured: Measured = {};
  for (const all of [allFirst, !allFirst]) {
    const to = all ? receivers : [first];
    measured[all ? 'eightPeersMbps' : 'onePeerMbps'] = await sentTo(sender, to, tcpSeconds);
  }
  return measured;
}

/** What so many receive together by one stream each, counted while all of these run. */
async function sentTo(sender: Helper, receivers: readonly Helper[], seconds: number): Promise<number> {
  const loads: Load[] = [];
  const counters: (() => Promise<Received>)[] = [];
  for (const receiver of receivers) {
    const { machine, name } = receiver;
    const { ipv4, tun } = await receiver.status();
    if (tun === null) throw new Error(`${name} has no device`);
    loads.push(await Load.start(sender.machine, machine, ipv4));
    counters.push(() => received(machine, tun.name));
  }
  await sleep(settleMs);
  const before = await Promise.all(counters.map((count) => count()));
  await sleep(seconds * 1000);
  const after = await Promise.all(counters.map((count) => count()));
  await Promise.all(loads.map((load) => load.stop()));
  const rates = before.map((from, index) => {
    const to = after[index] ?? from;
    if (to.bytes === from.bytes) throw new Error(`${receivers[index]?.name ?? 'one'} received nothing`);
    return (to.bytes - from.bytes) / (to.atSeconds - from.atSeconds);
  });
  return (rates.reduce((sum, rate) => sum + rate, 0) * 8) / 1e6;
}

interface Received {
  /** Since the machine started. */
  atSeconds: number;
  /** Of payload. */
  bytes: number;
}

/** What has come out of a tunnel's device, and when that was. */
async function received(machine: Machine, device: string): Promise<Received> {
  // One program reads both, and nothing else runs between.
  const text = await machine.must(['cat', '/proc/uptime', '/proc/net/dev']);
  const [atSeconds = NaN] = text.split(' ', 1).map(Number);
  const line = text.split('\n').find((one) => one.trim().startsWith(`${device}:`)) ?? '';
  const [bytes = NaN, packets = NaN] = line
    .slice(line.indexOf(':') + 1)
    .trim()
    .split(/ +/)
    .map(Number);
  return { atSeconds, bytes: bytes - packets * headerBytes };
}

/** Memory of one helper that knows many peers and is connected to some, with keys of the fast path for each of these. */
export async function helperMemory(world: World, known: number, connected: number): Promise<Measured> {
  const site = await makeSite(world);
  const helper = await prepareHelper(world, site.left, known - connected);
  const keys = Array.from({ length: connected }, () => makeKey());
  const file = helper.statePath('peers.json');
  const book = JSON.parse(await helper.readState('peers.json')) as { peers: object[] };
  book.peers.push(...keys.map(({ nodeId }, index) => record(nodeId, `here-${index}`)));
  await writeFile(file, JSON.stringify(book));
  const { nodeId, ports } = await helper.start();
  const [port = 0] = ports;
  const address = `${site.lan.port(site.left).ipv4}:${port}`;
  const dialled: Hostile[] = [];
  for (const key of keys) dialled.push(await Hostile.dial(site.right, key, { nodeId, address }));
  await helper.until(`${connected} connected peers`, 60_000, ({ peers }) => {
    const now = peers.filter(({ state }) => state === 'connected').length;
    if (now === connected) return true;
    throw new Error(`there are ${now}`);
  });
  for (const hostile of dialled) await hostile.agree();
  await sleep(restMs);
  return { memoryMB: await residentMB([helper.process.pid]) };
}
