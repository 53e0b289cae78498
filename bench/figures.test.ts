import { expect, test } from 'vitest';
import { median, rounded } from './figures.js';

test('the median is the middle one, or the mean of the middle two', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test('three digits are kept', () => {
  expect(rounded(1234.5)).toBe(1230);
  expect(rounded(0.012345)).toBe(0.0123);
});
