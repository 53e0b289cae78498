/** Round-trip times, each echo by itself. */
import type { Machine } from '../e2e/machine.js';

export interface RoundTrips {
  median: number;
  avg: number;
  p99: number;
  max: number;
  /** Share of the echoes that were not answered within a second, in percent: these have no round trip. */
  lostPct: number;
}

/** An answer that takes longer is none. */
const patienceMs = 1000;

/**
 * Sends echoes and returns how long their answers took, in milliseconds.
 * @throws Error where none was answered.
 */
export async function roundTrips(
  from: Machine,
  address: string,
  count: number,
  intervalSeconds: number,
): Promise<RoundTrips> {
  const words = [
    'ping',
    '-n',
    '-c',
    String(count),
    '-i',
    String(intervalSeconds),
    '-W',
    String(patienceMs / 1000),
    address,
  ] as const;
  const { stdout } = await from.run([...words], { timeoutMs: 10_000 + 2_000 * count * intervalSeconds });
  // One that came a second time says so at the end of its line.
  const times = [...stdout.matchAll(/ time=([\d.]+) ms$/gm)].map(([, ms]) => Number(ms));
  return summary(
    times.filter((ms) => ms <= patienceMs),
    count,
  );
}

/** Of the times, in any order, of those of so many that were answered. */
export function summary(times: readonly number[], count: number): RoundTrips {
  if (times.length === 0) throw new Error('no echo was answered');
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
  return {
    median: at(0.5),
    avg: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
    p99: at(0.99),
    max: at(1),
    lostPct: 100 * (1 - sorted.length / count),
  };
}
