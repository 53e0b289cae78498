/** Where a contender runs: two machines, and what kind of cable joins them. */
import { fileURLToPath } from 'node:url';
import { cable, cableEnds } from '../e2e/cable.js';
import type { Lan } from '../e2e/lan.js';
import type { Machine } from '../e2e/machine.js';
import type { World } from '../e2e/world.js';

const forwarder = fileURLToPath(new URL('../native/forwarder', import.meta.url));

export interface Cable {
  /** False: the sender's device cannot cut UDP into segments. */
  segmentation?: boolean;
  /** Held back this long in each direction. */
  delayMs?: number;
  /** Share of the IP packets lost in each direction. */
  lossPct?: number;
}

export interface Site {
  world: World;
  left: Machine;
  right: Machine;
  lan: Lan;
}

/** Two machines, joined by a veth pair, or by two with the userspace forwarder between them. */
export async function makeSite(world: World, conditions: Cable = {}): Promise<Site> {
  const left = await world.machine('left');
  const right = await world.machine('right');
  const { segmentation = true, delayMs, lossPct } = conditions;
  const plain = delayMs === undefined && lossPct === undefined;
  const lan = plain ? await world.lan([left, right]) : await forwarded(world, [left, right], conditions);
  if (!segmentation) await left.must(['ethtool', '-K', lan.interface, 'tx-udp-segmentation', 'off']);
  return { world, left, right, lan };
}

async function forwarded(
  world: World,
  ends: readonly [Machine, Machine],
  { delayMs = 0, lossPct = 0 }: Cable,
): Promise<Lan> {
  const conditions = ['--delay', String(delayMs), '--loss', String(lossPct)];
  const { lan } = await cable(world, ends, [forwarder, '--between', cableEnds, ...conditions]);
  return lan;
}
