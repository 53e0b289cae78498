import { expect, test } from 'vitest';
import { summary } from './echoes.js';

test('average, median, 99th percentile and longest of echoes in any order', () => {
  const times = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(summary(times, 200)).toEqual({ median: 100, avg: 100.5, p99: 198, max: 200 });
});

test('an echo that is not answered counts as long as it was waited for', () => {
  expect(summary([1, 1, 1], 4)).toEqual({ median: 1, avg: 250.75, p99: 1000, max: 1000 });
});

test('no answer is no measurement', () => {
  expect(() => summary([], 10)).toThrow('no echo was answered');
});
