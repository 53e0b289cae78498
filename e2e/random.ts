/** Chance that can be had again: numbers from a seed. */

/** Where a run's chance comes from, unless it is to repeat one. */
export const seedVariable = 'RAYFISH_SEED';

export class Random {
  #state: number;

  private constructor(readonly seed: number) {
    this.#state = seed;
  }

  /** From the seed that the environment names, else from a new one. */
  static fresh(): Random {
    const named = Number(process.env[seedVariable]);
    return new Random(Number.isInteger(named) && named > 0 ? named : 1 + Math.floor(Math.random() * 0xffff_fffe));
  }

  /** A whole number from 0 up to, but not including, `limit` (at most 2^16). */
  below(limit: number): number {
    // xorshift32 (Marsaglia, 2003): never 0, and good enough to choose by.
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return ((this.#state >>> 0) >>> 8) % limit;
  }

  /** The same things in another order. */
  shuffled<T>(things: readonly T[]): T[] {
    const left = [...things];
    return things.flatMap(() => left.splice(this.below(left.length), 1));
  }

  /** One of these. */
  one<T>(things: readonly [T, ...T[]]): T {
    return things[this.below(things.length)] ?? things[0];
  }
}
