import { describe, expect, it } from 'vitest';
import { ago, bytes, milliseconds } from './quantities.js';

describe('ago', () => {
  const now = Date.parse('2025-06-10T12:00:00Z');
  it.each([
    [null, 'never'],
    ['2025-06-10T12:00:03Z', 'now'],
    ['2025-06-10T11:59:56Z', 'now'],
    ['2025-06-10T11:59:01Z', '59 s ago'],
    ['2025-06-10T11:00:01Z', '59 min ago'],
    ['2025-06-10T11:00:00Z', '1 h ago'],
    ['2025-06-08T12:00:01Z', '47 h ago'],
    ['2025-06-08T12:00:00Z', '2 days ago'],
  ])('%s was %s', (at, words) => {
    expect(ago(at, now)).toBe(words);
  });
});

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_000, '1.0 kB'],
  [23_400_000, '23 MB'],
  [5e15, '5000 TB'],
])('%i bytes are %s', (count, words) => {
  expect(bytes(count)).toBe(words);
});

it.each([
  [0.04, '0.0 ms'],
  [9.94, '9.9 ms'],
  [12.5, '13 ms'],
])('%f ms are %s', (ms, words) => {
  expect(milliseconds(ms)).toBe(words);
});
