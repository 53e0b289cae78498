/** What many measurements come to. */

/** The smallest that is at least as large as this share of them: 0.5 the middle one, 1 the worst. */
export function nth(measured: readonly number[], share: number): number {
  const sorted = measured.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Infinity;
}
