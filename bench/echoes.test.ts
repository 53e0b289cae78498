import { expect, test } from 'vitest';
import { summary } from './echoes.js';

test('average, median, 99th percentile and longest of echoes in any order', () => {
  const times = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(summary(times, 200)).toEqual({ median: 100, avg: 100.5, p99: 198, max: 200, lostPct: 0 });
});

test('an echo that is not answered has no round trip and is counted', () => {
  expect(summary([1, 1, 1], 4)).toEqual({ median: 1, avg: 1, p99: 1, max: 1, lostPct: 25 });
});

test('no answer is no measurement', () => {
  expect(() => summary([], 10)).toThrow('no echo was answered');
});
