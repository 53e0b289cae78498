/** UDP at a fixed offered rate: native/examples/udp_load.rs on both ends. */
import { fileURLToPath } from 'node:url';
import type { Machine } from '../e2e/machine.js';
import { eventually, sleep } from '../e2e/wait.js';

export const udpLoad = fileURLToPath(new URL('../native/udp_load', import.meta.url));

/** Each offer has a port of its own: what a tunnel still holds of the last one shall not count for the next. */
const firstPort = 5300;
let offers = 0;
/** After an offer, for a tunnel to get rid of what it holds. */
const drainMs = 200;

export interface Offer {
  /** Of the UDP payload, in bytes. */
  size: number;
  /** Datagrams a second; 0 for as many as the sender manages. */
  rate: number;
  seconds: number;
}

export interface Delivery {
  /** What the sender really offered, in datagrams a second. */
  offered: number;
  /** What arrived, in datagrams a second. */
  delivered: number;
  /** The same in payload bits. */
  mbps: number;
  /** Share of the offered datagrams that did not arrive. */
  loss: number;
}

/** Offers datagrams to an address of `to` and counts there, for as long as they are sent. */
export async function offer(from: Machine, to: Machine, address: string, what: Offer): Promise<Delivery> {
  const { size, rate, seconds } = what;
  const port = firstPort + (offers++ % 1000);
  const any = address.includes(':') ? `[::]:${port}` : `0.0.0.0:${port}`;
  const target = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const receiver = await to.start([udpLoad, 'receive', '--bind', any, '--seconds', String(seconds)]);
  await eventually('a UDP receiver', 5_000, async () => (await receiver.output()).includes('listening'), 10);
  const words = ['--to', target, '--size', String(size), '--rate', String(rate), '--seconds', String(seconds)];
  const sent = JSON.parse(await from.must([udpLoad, 'send', ...words])) as { packets: number; seconds: number };
  await receiver.exited;
  await sleep(drainMs);
  const last = (await receiver.output()).trim().split('\n').at(-1) ?? '{}';
  const { packets, bytes } = JSON.parse(last) as { packets?: number; bytes?: number };
  if (packets === undefined || bytes === undefined) throw new Error(`the UDP receiver said: ${last}`);
  return {
    offered: sent.packets / sent.seconds,
    delivered: packets / seconds,
    mbps: (bytes * 8) / seconds / 1e6,
    loss: 1 - packets / sent.packets,
  };
}

/** What counts as lossless: on a busy machine a receiver is late now and then. */
const lossless = 0.001;

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
  const arrivesWhole = async (rate: number): Promise<boolean> =>
    (await offer(from, to, address, { size, rate, seconds })).loss <= lossless;
  for (let step = 0; step < steps; step += 1) {
    const middle = Math.sqrt(low * high);
    // A rate is given a second chance: what disturbed the first need not have been the tunnel.
    if ((await arrivesWhole(middle)) || (await arrivesWhole(middle))) low = middle;
    else high = middle;
  }
  return low;
}
