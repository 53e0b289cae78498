/** Inputs nobody thought of, the same ones each time. */
import { Failure } from './errors.js';

/** Pieces that mean something to one parser or another. */
const pieces = [
  '', ' ', '\n', '\0', '"', '\\', '{', '}', '[', ']', ',', ':', '/', '?', '&', '=', '%', '%zz', '%00', '#', '@', '..',
  '-1', '0', '1e999', '65536', 'null', 'true', 'on', 'rayfish:', 'http://', '://', 'addr=', 'name=', '[::1]:1', '__proto__',
  '\u202e', '\u200d', '\ud800', '\udfff', '\u0301', '\u{1f680}', 'ﬀ', 'İ', 'x'.repeat(5000), '["'.repeat(2000),
]; // prettier-ignore

export class Random {
  constructor(private state: number) {}

  /** Any whole number from 0 to below `limit` (mulberry32). */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), this.state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  of<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new Error('nothing to choose from');
    return choice;
  }

  bytes(most: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(most + 1) }, () => this.below(256)));
  }

  /** Any text, much of it beyond ASCII. */
  text(most: number): string {
    const units = Array.from({ length: this.below(most + 1) }, () =>
      this.of([this.below(0x80), this.below(0x3000), this.below(0x10000)]),
    );
    return String.fromCharCode(...units);
  }

  /** `text` with a few pieces put in, taken out or doubled. */
  mutation(text: string): string {
    let changed = text;
    for (let changes = this.below(4); changes > 0; changes -= 1) {
      const [from, to] = [this.below(changed.length + 1), this.below(changed.length + 1)];
      const [start, end] =
        this.below(3) === 0 ? [Math.min(from, to), Math.max(from, to)] : [from, from + this.below(2)];
      const put = this.of([this.of(pieces), this.text(3), changed.slice(start, end).repeat(2)]);
      changed = changed.slice(0, start) + put + changed.slice(end);
    }
    return changed;
  }
}

/** What `parse` returns, or undefined where it refuses in words; anything else thrown is a fault. */
export function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (thrown) {
    if (thrown instanceof Failure) return undefined;
    throw thrown;
  }
}
