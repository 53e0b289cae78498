/** The highest rate of UDP datagrams that a tunnel carries. */
import type { Machine } from '../e2e/machine.js';
import { offer } from '../e2e/udp-load.js';

/** What counts as lossless: on a busy machine a receiver is late now and then. */
const lossless = 0.001;
const chances = 3;

/**
 * Looks for the highest rate that arrives whole, by halving the range on a logarithmic scale.
 * @param steps how often.
 * @returns datagrams a second.
 */
export async function losslessRate(
  from: Machine,
  to: Machine,
  address: string,
  { size, seconds, steps }: { size: number; seconds: number; steps: number },
): Promise<number> {
  const { delivered } = await offer(from, to, address, { size, rate: 0, seconds });
  let [low, high] = [delivered / 8, delivered * 1.5];
  // What disturbed one offer need not have been the tunnel, and a rate once refused is never tried again.
  const arrivesWhole = async (rate: number): Promise<boolean> => {
    for (let chance = 0; chance < chances; chance += 1) {
      if ((await offer(from, to, address, { size, rate, seconds })).loss <= lossless) return true;
    }
    return false;
  };
  for (let step = 0; step < steps; step += 1) {
    const middle = Math.sqrt(low * high);
    if (await arrivesWhole(middle)) low = middle;
    else high = middle;
  }
  return low;
}
