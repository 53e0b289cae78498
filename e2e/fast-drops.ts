/** What the fast path refuses, by reason. */
import assert from 'node:assert/strict';
import type { Helper } from './helper.js';
import { eventually } from './wait.js';

const reasons = [
  'fast-malformed',
  'fast-merged',
  'fast-unknown-session',
  'fast-foreign-address',
  'fast-replayed',
  'fast-forged',
  'foreign-source',
  'foreign-destination',
] as const;
export type FastDrop = (typeof reasons)[number];

/** How many the helper has refused so far, for each reason. */
export async function fastDrops(helper: Helper): Promise<Record<string, number | undefined>> {
  const { drops } = await helper.status();
  return Object.fromEntries(reasons.map((reason) => [reason, drops[reason]]));
}

/** Does something for which the helper refuses exactly so many more, for these reasons and no other. */
export async function refused(
  helper: Helper,
  more: Partial<Record<FastDrop, number>>,
  act: () => Promise<unknown>,
): Promise<void> {
  const before = await fastDrops(helper);
  await act();
  const after = reasons.map((reason) => [reason, (before[reason] ?? 0) + (more[reason] ?? 0)]);
  await eventually('the reasons of refusals', 2_000, async () => {
    assert.deepEqual(await fastDrops(helper), Object.fromEntries(after));
    return true;
  });
}
