/** What many measurements come to. */

/** The smallest that is at least as large as this share of them: 0.5 the middle one, 1 the worst. */
export function nth(measured: readonly number[], share: number): number {
  const sorted = measured.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Infinity;
}

/** Measures again, twice at most, what took too long: somebody else may have had the processor. What is slow stays slow. */
export async function best(limit: number, measure: () => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let attempt = 0; attempt < 3 && least >= limit; attempt += 1) least = Math.min(least, await measure());
  return least;
}
