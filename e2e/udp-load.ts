/** UDP at a fixed offered rate: native/examples/udp_load.rs on both ends. */
import { fileURLToPath } from 'node:url';
import type { Machine } from './machine.js';
import { eventually, sleep } from './wait.js';

const udpLoad = fileURLToPath(new URL('../native/udp_load', import.meta.url));

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
  /** For how many more seconds what comes late counts; by default it does not. */
  patience?: number;
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
  /** How many did not arrive. */
  lost: number;
  /** How many arrived once more. */
  repeated: number;
}

/** Offers datagrams to an address of `to` and counts there, for as long as they are sent. */
export async function offer(from: Machine, to: Machine, address: string, what: Offer): Promise<Delivery> {
  const { size, rate, seconds, patience = 0 } = what;
  const port = firstPort + (offers++ % 1000);
  const any = address.includes(':') ? `[::]:${port}` : `0.0.0.0:${port}`;
  const target = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const receiver = await to.start([udpLoad, 'receive', '--bind', any, '--seconds', String(seconds + patience)]);
  await eventually('a UDP receiver', 5_000, async () => (await receiver.output()).includes('listening'), 10);
  const words = ['--to', target, '--size', String(size), '--rate', String(rate), '--seconds', String(seconds)];
  const limit = { timeoutMs: (seconds + 10) * 1000 };
  const sent = JSON.parse(await from.must([udpLoad, 'send', ...words], limit)) as { packets: number; seconds: number };
  await receiver.exited;
  await sleep(drainMs);
  const last = (await receiver.output()).trim().split('\n').at(-1) ?? '{}';
  const { packets, bytes, repeated } = JSON.parse(last) as { packets?: number; bytes?: number; repeated?: number };
  if (packets === undefined || bytes === undefined || repeated === undefined) {
    throw new Error(`the UDP receiver said: ${last}`);
  }
  const lost = sent.packets - (packets - repeated);
  return {
    offered: sent.packets / sent.seconds,
    delivered: packets / seconds,
    mbps: (bytes * 8) / seconds / 1e6,
    loss: lost / sent.packets,
    lost,
    repeated,
  };
}
