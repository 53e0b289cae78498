/** Where a contender runs: two machines, and what kind of cable joins them. */
import { fileURLToPath } from 'node:url';
import { Lan } from '../e2e/lan.js';
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
export async function makeSite(world: World, cable: Cable = {}): Promise<Site> {
  const left = await world.machine('left');
  const right = await world.machine('right');
  const { segmentation = true, delayMs, lossPct } = cable;
  const plain = delayMs === undefined && lossPct === undefined;
  const lan = plain ? await world.lan([left, right]) : await forwarded(world, [left, right], cable);
  if (!segmentation) await left.must(['ethtool', '-K', lan.interface, 'tx-udp-segmentation', 'off']);
  return { world, left, right, lan };
}

async function forwarded(world: World, ends: readonly Machine[], { delayMs = 0, lossPct = 0 }: Cable): Promise<Lan> {
  const middle = await world.machine('middle');
  await middle.ip('link add bridge type bridge');
  const lan = new Lan(middle, { number: 1 });
  for (const end of ends) {
    await lan.plugIn(end);
    // The forwarder passes frames as they are on a wire: whole, and with their checksums.
    const off = ['tx', 'tso', 'gso', 'tx-udp-segmentation'].flatMap((feature) => [feature, 'off']);
    await end.must(['ethtool', '-K', lan.interface, ...off]);
  }
  await middle.ip('link del bridge');
  const conditions = ['--delay', String(delayMs), '--loss', String(lossPct)];
  await middle.start([forwarder, '--between', 'port0,port1', ...conditions]);
  return lan;
}
