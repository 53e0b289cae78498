/**
 * Whether the helper still answers. A connection to a process that is stopped or stuck looks like one on which nothing
 * happens; only a question tells them apart.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../shared/errors.js';
import type { IpcClient } from '../shared/ipc-client.js';

export interface HeartbeatTiming {
  /** Between an answer and the next question. */
  everyMs: number;
  /** How long an answer may take. */
  answerMs: number;
}

/** Silence is noticed after 3 to 5 s, and nothing here happens more than once a second. */
const usual: HeartbeatTiming = { everyMs: 2000, answerMs: 1500 };

/** One late answer proves nothing: it may have been us who slept. */
const tries = 2;

/**
 * Resolves when this connection is of no more use: the helper is silent, it sees us as somebody else now, or the
 * connection has ended. The question is another hello, which costs nothing and says who we are to the helper.
 */
export async function untilUseless(
  client: Pick<IpcClient, 'greet' | 'level'>,
  name: string,
  { everyMs, answerMs }: HeartbeatTiming = usual,
): Promise<void> {
  const { level } = client;
  let missed = 0;
  while (missed < tries && client.level === level) {
    if (missed === 0) await sleep(everyMs, undefined, { ref: false });
    try {
      await client.greet(name, answerMs);
      missed = 0;
    } catch (thrown) {
      const silent = thrown instanceof Failure && thrown.cause instanceof Failure && thrown.cause.code === 'timed-out';
      if (!silent) return;
      missed += 1;
    }
  }
}
