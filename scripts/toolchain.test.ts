import { expect, it } from 'vitest';
import { isAtLeast } from './toolchain.mjs';

it('compares versions by their numbers', () => {
  expect(isAtLeast('1.91.0', '1.91')).toBe(true);
  expect(isAtLeast('1.100.0', '1.91')).toBe(true);
  expect(isAtLeast('1.90.9', '1.91')).toBe(false);
  expect(isAtLeast('20.9.0', '20.19')).toBe(false);
});
