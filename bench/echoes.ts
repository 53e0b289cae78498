/** Round-trip times, each echo by itself. */
import type { Machine } from '../e2e/machine.js';

export interface RoundTrips {
  median: number;
  avg: number;
  p99: number;
  max: number;
}

/**
 * Sends echoes and returns what the answered ones took, in milliseconds.
 * @throws Error where none was answered.
 */
export async function roundTrips(
  from: Machine,
  address: string,
  count: number,
  intervalSeconds: number,
): Promise<RoundTrips> {
  const words = ['ping', '-n', '-c', String(count), '-i', String(intervalSeconds), '-W', '1', address] as const;
  const { stdout } = await from.run([...words], { timeoutMs: 10_000 + 2_000 * count * intervalSeconds });
  return summary([...stdout.matchAll(/ time=([\d.]+) ms/g)].map(([, ms]) => Number(ms)));
}

/** Of times in any order. */
export function summary(times: readonly number[]): RoundTrips {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
  if (sorted.length === 0) throw new Error('no echo was answered');
  return {
    median: at(0.5),
    avg: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
    p99: at(0.99),
    max: at(1),
  };
}
