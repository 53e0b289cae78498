/** What the engine does from time to time. None of it keeps the process alive. */

export interface Chores {
  /** Every 5 s. */
  often: () => void;
  /** Every 30 s. */
  firewall: () => void;
  /** Every minute. */
  paths: () => void;
  /** The machine slept: far more time passed than the timer was set to. */
  woke: () => void;
}

const oftenMs = 5000;
const firewallEvery = 6;
const pathsEvery = 12;
const sleptMs = 15_000;

export class Ticker {
  #interval: NodeJS.Timeout | null = null;
  #later: NodeJS.Timeout | null = null;
  #count = 0;
  #last = 0;

  constructor(private readonly chores: Chores) {}

  start(): void {
    this.#last = Date.now();
    this.#interval = setInterval(() => {
      this.#tick();
    }, oftenMs).unref();
  }

  stop(): void {
    if (this.#interval !== null) clearInterval(this.#interval);
    if (this.#later !== null) clearTimeout(this.#later);
  }

  /** Once, after `ms`; a call that still waits is enough. */
  later(ms: number, work: () => void): void {
    this.#later ??= setTimeout(() => {
      this.#later = null;
      work();
    }, ms).unref();
  }

  #tick(): void {
    const now = Date.now();
    if (now - this.#last > oftenMs + sleptMs) this.chores.woke();
    this.#last = now;
    this.#count++;
    this.chores.often();
    if (this.#count % firewallEvery === 0) this.chores.firewall();
    if (this.#count % pathsEvery === 0) this.chores.paths();
  }
}
