/** Rates out of counters: one sample a second for the last minute, for each peer. */
import type { PeerStatus } from '../../shared/status.js';

export const samplesKept = 60;

export interface Traffic {
  /** Counters at the last sample, in bytes. */
  tx: number;
  rx: number;
  /** Bytes a second, oldest first, always `samplesKept` of them. */
  up: readonly number[];
  down: readonly number[];
}

export type TrafficByPeer = ReadonlyMap<string, Traffic>;

const silence: readonly number[] = Array.from({ length: samplesKept }, () => 0);

/** Nothing seen yet. */
export function noTraffic({ txBytes, rxBytes }: Pick<PeerStatus, 'txBytes' | 'rxBytes'>): Traffic {
  return { tx: txBytes, rx: rxBytes, up: silence, down: silence };
}

/**
 * The histories one sample further.
 * @param seconds since the last sample; where it is long (the window was hidden) the line starts anew.
 */
export function advance(before: TrafficByPeer, peers: readonly PeerStatus[], seconds: number): TrafficByPeer {
  const after = new Map<string, Traffic>();
  for (const peer of peers) {
    const last = before.get(peer.id);
    after.set(peer.id, last === undefined || seconds > 5 ? noTraffic(peer) : next(last, peer, seconds));
  }
  return after;
}

/** Where nothing moves the value is the one of before, so that nothing is drawn again. */
function next(last: Traffic, { txBytes, rxBytes }: PeerStatus, seconds: number): Traffic {
  // A restarted helper counts from zero.
  const up = Math.max(0, txBytes - last.tx) / seconds;
  const down = Math.max(0, rxBytes - last.rx) / seconds;
  if (up === 0 && down === 0 && isSilent(last) && last.tx === txBytes && last.rx === rxBytes) return last;
  return { tx: txBytes, rx: rxBytes, up: [...last.up.slice(1), up], down: [...last.down.slice(1), down] };
}

/** Whether the whole minute is flat. */
export function isSilent({ up, down }: Traffic): boolean {
  return up.every((rate) => rate === 0) && down.every((rate) => rate === 0);
}

/** The rate now, over two samples: counters and samples are not in step. */
export function rateNow(rates: readonly number[]): number {
  return ((rates.at(-1) ?? 0) + (rates.at(-2) ?? 0)) / 2;
}

/** Each sample with its neighbour, as `rateNow` does. */
export function smoothed(rates: readonly number[]): number[] {
  return rates.map((rate, index) => (rate + (rates[index - 1] ?? rate)) / 2);
}
