import { expect, it } from 'vitest';
import { RateLimit } from './rate-limit.js';

it('allows a burst, then a steady rate, and saves up no more than a burst', () => {
  let now = 0;
  const limit = new RateLimit(3, 2, () => now);
  const taken = (): number => Array.from({ length: 100 }, () => limit.take()).filter(Boolean).length;
  expect(taken()).toBe(3);
  expect(taken()).toBe(0);
  now += 1000;
  expect(taken()).toBe(2);
  now += 3_600_000;
  expect(taken()).toBe(3);
});
