import { expect, test } from 'vitest';
import { summary } from './echoes.js';

test('average, median, 99th percentile and longest of echoes in any order', () => {
  const times = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(summary(times)).toEqual({ median: 100, avg: 100.5, p99: 198, max: 200 });
});

test('no answer is no measurement', () => {
  expect(() => summary([])).toThrow('no echo was answered');
});
