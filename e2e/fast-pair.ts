/** Two helpers that send to each other by the fast path, and what scenarios about it ask of them. */
import type { Helper } from './helper.js';
import type { LanOptions } from './lan.js';
import type { PingStream } from './traffic.js';
import { eventually } from './wait.js';
import type { World } from './world.js';

/** Waits until the helper sends to the other by that carrier; returns why. */
export function byCarrier(helper: Helper, other: Helper, carrier: 'fast' | 'quic', limitMs = 5_000): Promise<string> {
  return eventually(`${helper.name} sends by ${carrier}`, limitMs, async () => {
    const { path, state } = await helper.peer(other);
    if (path?.carrier === carrier) return path.carrierReason;
    throw new Error(`${state}, ${path?.carrierReason ?? 'no path'}`);
  });
}

/** Waits until each of two helpers sends to the other by the fast path. */
export async function bothFast(one: Helper, other: Helper, limitMs?: number): Promise<void> {
  await Promise.all([byCarrier(one, other, 'fast', limitMs), byCarrier(other, one, 'fast', limitMs)]);
}

/** Two helpers on one LAN that send to each other by the fast path. */
export async function fastPair(world: World, lan?: LanOptions): Promise<Awaited<ReturnType<World['pair']>>> {
  const pair = await world.pair(lan);
  await bothFast(pair.alice, pair.bob);
  return pair;
}

/** The longest time without an echo from `since` until now, in milliseconds, while they still go on. */
export async function longestGap(echoes: PingStream, since: number): Promise<number> {
  const answers = [since, ...(await echoes.answers()).filter((at) => at > since), Date.now()];
  return Math.max(...answers.slice(1).map((at, index) => at - (answers[index] ?? at)));
}

/** How many connections these helpers have had: one that stays does not raise it. */
export async function connectionsOf(...helpers: Helper[]): Promise<number> {
  const logs = await Promise.all(helpers.map((helper) => helper.log()));
  return logs.join('').split(' is connected (').length - 1;
}
