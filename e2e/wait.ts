/** Waiting with a limit, and how long it took. */
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

export { sleep };

/**
 * Looks again and again until `look` returns something other than `false` or `undefined`; a look that throws
 * counts as one that found nothing.
 * @param what completes "did not see … within".
 * @returns what `look` returned.
 * @throws Error naming `what`, with the last thing that `look` threw.
 */
export async function eventually<T>(
  what: string,
  limitMs: number,
  look: () => Promise<T | false | undefined> | T | false | undefined,
  everyMs = 40,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  let reason: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== false && found !== undefined) return found;
      reason = undefined;
    } catch (thrown) {
      reason = thrown;
    }
    if (performance.now() >= deadline) break;
    await sleep(everyMs);
  }
  const detail = reason === undefined ? '' : `: ${reason instanceof Error ? reason.message : inspect(reason)}`;
  throw new Error(`did not see ${what} within ${limitMs} ms${detail}`);
}

/** Runs `work` and returns how many milliseconds it took. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** What `work` comes to. @throws Error where that takes longer than the limit; the work itself goes on. */
export async function withLimit<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`took longer than ${limitMs / 1000} s`));
    }, limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
