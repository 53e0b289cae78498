/** Round-trip times, each echo by itself. */
import type { Machine } from '../e2e/machine.js';

export interface RoundTrips {
  median: number;
  avg: number;
  p99: number;
  max: number;
}

/** How long an answer is waited for. One that does not come counts as if it had come then. */
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
  return summary(
    [...stdout.matchAll(/ time=([\d.]+) ms$/gm)].map(([, ms]) => Number(ms)),
    count,
  );
}

/** Of the times, in any order, of those of so many that were answered. */
export function summary(answered: readonly number[], count: number): RoundTrips {
  if (answered.length === 0) throw new Error('no echo was answered');
  const unanswered = Array<number>(Math.max(count - answered.length, 0)).fill(patienceMs);
  const sorted = [...answered, ...unanswered].toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
  return {
    median: at(0.5),
    avg: sorted.reduce((sum, time) => sum + time, 0) / sorted.length,
    p99: at(0.99),
    max: at(1),
  };
}
