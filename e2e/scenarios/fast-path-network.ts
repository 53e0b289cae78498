/** The fast path while the network changes under it: no stall where its path stays, soon back where not, one connection. */
import assert from 'node:assert/strict';
import { bothFast, connectionsOf, longestGap } from '../fast-pair.js';
import type { Helper } from '../helper.js';
import { addElsewhere, changesOf, type NetworkChange, type Site } from '../network-change.js';
import { Random, seedVariable } from '../random.js';
import { scenario, type Scale } from '../scenario.js';
import { Load, PingStream } from '../traffic.js';
import { eventually, sleep } from '../wait.js';
import { befriend, type World } from '../world.js';

const stallMs = 1_000;
const backMs = 3_000;
const fastMs = 2_000;
/** What the stream has to bring after a change, for the next to be one under load. */
const loadBytes = 10e6;
/** iroh looks for paths when a connection begins, and then not for 5 s: a change just then may cost the connection. */
const settleMs = 5_500;
/** Without a default route iroh waits 5 s before it tells QUIC of a change; the helper dials anew before that. */
const patienceMs = 20_000;

scenario(
  'fast path: network changes under load, with a default route',
  { needs: ['iperf3'], alone: true, timeoutMs: 90_000 },
  async (world, scale) => {
    const worst = await changeNetworks(world, scale, true);
    assert.ok(worst.stall.ms < stallMs, said('a stall', worst.stall));
    assert.ok(worst.back.ms < backMs, said('traffic back', worst.back));
    assert.ok(worst.fast.ms < backMs + fastMs, said('the fast path back', worst.fast));
    assert.ok(worst.later.ms < fastMs, said('from traffic to the fast path', worst.later));
    assert.deepEqual(worst.lost, [], 'another connection after these');
  },
);

scenario(
  'fast path: network changes under load, without a default route: it comes back, however long that takes',
  { needs: ['iperf3'], alone: true, timeoutMs: 150_000 },
  async (world, scale) => {
    await changeNetworks(world, scale, false);
  },
);

interface Worst {
  ms: number;
  after: string;
}

interface Worsts {
  /** Without an echo, where the path in use stayed. */
  stall: Worst;
  /** Until an echo and until the fast path, from when there was a usable path again. */
  back: Worst;
  fast: Worst;
  /** From that echo until the fast path. */
  later: Worst;
  /** Until the stream goes on too, from when the path was seen to work again. */
  load: Worst;
  /** Times there was another connection, and after what though there was always a path. */
  dialled: number;
  lost: string[];
}

async function changeNetworks(world: World, scale: Scale, defaultRoute: boolean): Promise<Worsts> {
  const random = Random.fresh();
  world.figures.set('seed', random.seed);
  const machines = [await world.machine('alice'), await world.machine('bob')] as const;
  const lan = await world.lan(machines, { number: 1, bridge: true });
  if (defaultRoute) for (const machine of machines) await lan.addDefaultRoutes(machine);
  const [alice, bob] = [await world.helper(machines[0]), await world.helper(machines[1])];
  for (const helper of [alice, bob]) await addElsewhere(helper);
  await befriend(alice, bob);
  await bothFast(alice, bob);
  await sleep(settleMs);
  const sites: [Site, Site] = [
    { changed: alice, other: bob, lan, defaultRoute },
    { changed: bob, other: alice, lan, defaultRoute },
  ];
  const worst: Worsts = {
    stall: nothing,
    back: nothing,
    fast: nothing,
    later: nothing,
    load: nothing,
    dialled: 0,
    lost: [],
  };
  const present = new Set<string>();
  for (let count = 0, all = scale === 'long' ? 200 : 12; count < all;) {
    const changes = changesOf(sites, random, present).slice(0, all - count);
    count += changes.length;
    await underLoad(alice, bob, changes, worst, ` (seed ${random.seed}: ${seedVariable})`);
  }
  world.figures.set('longest stall where the path stays (ms)', worst.stall.ms);
  world.figures.set('longest until traffic is back (ms)', worst.back.ms);
  world.figures.set('longest until the fast path is back (ms)', worst.fast.ms);
  world.figures.set('longest from traffic to the fast path (ms)', worst.later.ms);
  world.figures.set('longest until the stream goes on, after that (ms)', worst.load.ms);
  world.figures.set('times the connection was another one', worst.dialled);
  return worst;
}

async function underLoad(
  alice: Helper,
  bob: Helper,
  changes: readonly NetworkChange[],
  worst: Worsts,
  seed: string,
): Promise<void> {
  const { ipv6 } = await bob.status();
  const load = await Load.start(alice.machine, bob.machine, ipv6);
  const echoes = await PingStream.start(alice.machine, ipv6);
  await echoes.firstAnswer(0, 3_000);
  const sent = async (): Promise<number> => (await alice.peer(bob)).txBytes;
  for (const change of changes) {
    const after = change.what + seed;
    const connections = await connectionsOf(alice, bob);
    const since = Date.now();
    const usable = await change.make();
    if (change.leavesPath) {
      await sleep(stallMs);
      await echoes.firstAnswer(Date.now(), patienceMs);
      worst.stall = worse(worst.stall, { ms: await longestGap(echoes, since), after });
    } else {
      const back = await echoes.firstAnswer(usable, patienceMs);
      worst.back = worse(worst.back, { ms: back - usable, after });
      const fast = await fastAgain(alice, bob, after);
      worst.fast = worse(worst.fast, { ms: Math.max(fast - usable, 0), after });
      worst.later = worse(worst.later, { ms: Math.max(fast - back, 0), after });
      await echoes.firstAnswer(Date.now(), patienceMs);
      // It does not come back only to go once more.
      worst.stall = worse(worst.stall, { ms: await longestGap(echoes, back), after });
    }
    // TCP waits ever longer while nothing gets through, and tells iperf3 to begin anew at worst.
    const [before, seen] = [await sent(), Date.now()];
    await eventually(`load after ${after}`, patienceMs, async () => (await sent()) - before > loadBytes);
    worst.load = worse(worst.load, { ms: Date.now() - seen, after });
    if ((await connectionsOf(alice, bob)) !== connections) {
      worst.dialled += 1;
      if (change.leavesNothing !== true) worst.lost.push(after);
    }
  }
  await echoes.stop();
  await load.stop();
}

/** Waits until both have sent by the fast path for a while; returns when they began to. */
async function fastAgain(alice: Helper, bob: Helper, after: string): Promise<number> {
  let since = Date.now();
  await eventually(`the fast path both ways, for a while, after ${after}`, patienceMs, async () => {
    const paths = [(await alice.peer(bob)).path, (await bob.peer(alice)).path];
    if (paths.every((path) => path?.carrier === 'fast')) return Date.now() - since > stallMs;
    since = Date.now();
    throw new Error(paths.map((path) => path?.carrierReason ?? 'no path').join(' '));
  });
  return since;
}

const nothing: Worst = { ms: 0, after: '' };

function worse(one: Worst, other: Worst): Worst {
  return other.ms > one.ms ? other : one;
}

function said(what: string, { ms, after }: Worst): string {
  return `${what} took ${Math.round(ms)} ms after ${after}`;
}
