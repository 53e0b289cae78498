/** A LAN of two whose cable is a program: every frame goes through its hands. */
import { Lan } from './lan.js';
import type { Machine } from './machine.js';
import type { Process } from './process.js';
import type { World } from './world.js';

/** The interfaces that the program stands between: the first machine's is the first. */
export const cableEnds = 'port0,port1';

/** Joins two machines by a program on a machine of its own; `argv` has it pass frames between `cableEnds`. */
export async function cable(
  world: World,
  ends: readonly [Machine, Machine],
  argv: readonly [string, ...string[]],
): Promise<{ lan: Lan; program: Process }> {
  const middle = await world.machine('middle');
  await middle.ip('link add bridge type bridge');
  const lan = new Lan(middle, { number: 1 });
  for (const end of ends) {
    await lan.plugIn(end);
    await plainFrames(end, lan);
  }
  await middle.ip('link del bridge');
  return { lan, program: await middle.start(argv) };
}

/** Has a machine send frames as they are on a wire: whole, and with their checksums. */
export async function plainFrames(machine: Machine, lan: Lan): Promise<void> {
  const off = ['tx', 'tso', 'gso', 'tx-udp-segmentation'].flatMap((feature) => [feature, 'off']);
  await machine.must(['ethtool', '-K', lan.interface, ...off]);
}
