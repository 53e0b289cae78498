/** Keeps trying to reach every wanted peer, in the background: backoff with jitter, few at a time, never over a live link. */
import type { DialResult } from './native.js';
import { RateLimit } from './rate-limit.js';

export interface DialerOptions {
  /** One bounded attempt. Resolves, never rejects. */
  dial(id: string): Promise<DialResult>;
  isConnected(id: string): boolean;
  /** What `view` says of this peer changed. */
  onChange(id: string): void;
  /** From 0 to 1; for tests. */
  random?: () => number;
}

export interface DialView {
  dialling: boolean;
  /** How the last attempt failed; null before the first ended and after a success. */
  failure: DialResult | null;
}

/** Whose time has come, and how many of them are being dialled. */
interface Queue {
  readonly waiting: Set<string>;
  running: number;
}

interface Target {
  dialling: boolean;
  failure: DialResult | null;
  /** Somebody waits for the next attempt: it need not stand behind those in the background. */
  urgent: boolean;
  failures: number;
  /** Time of the last failed attempt, on the monotonic clock. */
  failedAt: number;
  /** Time the last link began, likewise. */
  linkedAt: number;
  timer: NodeJS.Timeout | null;
}

/** Attempts at once in the background, and so many more that somebody waits for: neither take the others' places. */
const maxConcurrent = 8;
const maxUrgent = 8;
/** Attempts in the background: so many at once, then so many a second. A thousand peers who are away shall not be felt. */
const burst = 32;
const perSecond = 10;
const firstDelayMs = 1000;
const longestDelayMs = 60_000;
/** A link that ends sooner than this counts as a failure: two ends that disagree must not spin. */
const steadyMs = 5000;
const untried: DialView = { dialling: false, failure: null };

export class Dialer {
  readonly #targets = new Map<string, Target>();
  /** Those for whom somebody waits. */
  readonly #urgent: Queue = { waiting: new Set(), running: 0 };
  readonly #background: Queue = { waiting: new Set(), running: 0 };
  readonly #pace = new RateLimit(burst, perSecond);
  /** Until the pace allows the next in the background. */
  #pause: NodeJS.Timeout | null = null;

  constructor(private readonly options: DialerOptions) {}

  /** Exactly these peers are wanted: new ones are dialled at once, others are left alone. */
  setWanted(ids: Iterable<string>): void {
    const wanted = new Set(ids);
    for (const id of this.#targets.keys()) if (!wanted.has(id)) this.#forget(id);
    const added = [...wanted].filter((id) => !this.#targets.has(id));
    // A few at a time are the owner's doing, many are a start.
    const urgent = added.length <= maxUrgent;
    for (const id of added) {
      this.#targets.set(id, { ...untried, urgent, failures: 0, failedAt: -Infinity, linkedAt: -Infinity, timer: null });
      this.#schedule(id, 0);
    }
  }

  view(id: string): DialView {
    return this.#targets.get(id) ?? untried;
  }

  /** Something speaks for a new attempt now: the backoff starts over. */
  wake(id: string): void {
    const target = this.#targets.get(id);
    if (target === undefined) return;
    target.failures = 0;
    target.urgent = true;
    // An attempt under way learns what is known by now; its result is the same.
    if (target.dialling) void this.options.dial(id);
    this.#schedule(id, 0);
  }

  wakeAll(): void {
    for (const [id, target] of this.#targets) {
      target.failures = 0;
      this.#schedule(id, 0);
    }
  }

  /** A packet waits: try soon, but not within `cooldownMs` of the last failure, and keep the backoff. */
  nudge(id: string, cooldownMs = 2000): void {
    const target = this.#targets.get(id);
    if (target === undefined) return;
    target.urgent = true;
    this.#schedule(id, Math.max(0, target.failedAt + cooldownMs - performance.now()));
  }

  /** There is a link, whoever dialled. */
  connected(id: string): void {
    const target = this.#targets.get(id);
    if (target === undefined) return;
    this.#cancelTimer(target);
    target.linkedAt = performance.now();
    target.failure = null;
    this.options.onChange(id);
  }

  /** The link ended: dial again, after a moment (the other end does too). */
  disconnected(id: string): void {
    const target = this.#targets.get(id);
    if (target === undefined) return;
    if (performance.now() - target.linkedAt < steadyMs) {
      this.#schedule(id, this.#backoff(target));
      return;
    }
    target.failures = 0;
    // It was there a moment ago: it does not stand behind those who are away.
    target.urgent = true;
    this.#schedule(id, 300 * this.#random());
  }

  stop(): void {
    this.setWanted([]);
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#pause = null;
  }

  #schedule(id: string, delayMs: number): void {
    const target = this.#targets.get(id);
    if (target === undefined || target.dialling) return;
    this.#cancelTimer(target);
    if (this.options.isConnected(id)) return;
    target.timer = setTimeout(() => {
      target.timer = null;
      (target.urgent ? this.#urgent : this.#background).waiting.add(id);
      this.#work();
    }, delayMs);
  }

  #work(): void {
    for (const id of this.#urgent.waiting) {
      if (this.#urgent.running >= maxUrgent) break;
      const target = this.#take(id);
      if (target !== undefined) void this.#attempt(id, target, this.#urgent);
    }
    if (this.#pause !== null) return;
    for (const id of this.#background.waiting) {
      if (this.#background.running >= maxConcurrent) return;
      if (!this.#pace.take()) {
        this.#rest();
        return;
      }
      const target = this.#take(id);
      if (target !== undefined) void this.#attempt(id, target, this.#background);
    }
  }

  #rest(): void {
    this.#pause = setTimeout(() => {
      this.#pause = null;
      this.#work();
    }, 1000 / perSecond);
  }

  /** Takes a peer out of the queues; undefined where it needs no attempt any more. */
  #take(id: string): Target | undefined {
    this.#urgent.waiting.delete(id);
    this.#background.waiting.delete(id);
    const target = this.#targets.get(id);
    return target === undefined || target.dialling || this.options.isConnected(id) ? undefined : target;
  }

  async #attempt(id: string, target: Target, queue: Queue): Promise<void> {
    queue.running++;
    target.dialling = true;
    target.urgent = false;
    this.options.onChange(id);
    const result = await this.options.dial(id);
    queue.running--;
    target.dialling = false;
    // While we waited the peer may have been removed (and even added again).
    if (this.#targets.get(id) === target) this.#settle(id, target, result);
    this.#work();
  }

  #settle(id: string, target: Target, result: DialResult): void {
    if (result.outcome === 'connected' || this.options.isConnected(id)) {
      this.connected(id);
      // The link may have ended before we heard that it began.
      this.#schedule(id, firstDelayMs);
      return;
    }
    target.failure = result;
    target.failedAt = performance.now();
    this.#schedule(id, this.#backoff(target));
    this.options.onChange(id);
  }

  /** How long to wait after one more failure. */
  #backoff(target: Target): number {
    const delay = Math.min(firstDelayMs * 2 ** target.failures, longestDelayMs);
    target.failures++;
    return delay * (0.75 + 0.5 * this.#random());
  }

  #forget(id: string): void {
    const target = this.#targets.get(id);
    if (target !== undefined) this.#cancelTimer(target);
    this.#targets.delete(id);
    this.#urgent.waiting.delete(id);
    this.#background.waiting.delete(id);
  }

  #cancelTimer(target: Target): void {
    if (target.timer !== null) clearTimeout(target.timer);
    target.timer = null;
  }

  #random(): number {
    return (this.options.random ?? Math.random)();
  }
}
