import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { paced } from './paced.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe('paced calls', () => {
  it('passes the first on at once and of a burst only the newest', () => {
    const calls: number[] = [];
    const submit = paced((value: number) => calls.push(value), 100);
    for (const value of [1, 2, 3, 4]) submit(value);

    expect(calls).toEqual([1]);
    vi.advanceTimersByTime(100);
    expect(calls).toEqual([1, 4]);
  });

  it('keeps its pace while calls go on', () => {
    const calls: number[] = [];
    const submit = paced((value: number) => calls.push(value), 100);
    for (let value = 0; value < 100; value += 1) {
      submit(value);
      vi.advanceTimersByTime(10);
    }

    expect(calls).toHaveLength(11);
    expect(calls.at(-1)).toBe(99);
  });

  it('runs no timer when nothing happens, and forgets when cancelled', () => {
    const calls: number[] = [];
    const submit = paced((value: number) => calls.push(value), 100);
    submit(1);
    submit(2);
    submit.cancel();

    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(calls).toEqual([1]);
  });
});
