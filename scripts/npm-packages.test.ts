import { describe, expect, it } from 'vitest';
import { isCurrent } from './npm-packages.mjs';

const locked = {
  packages: {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/mac': { version: '2.0.0', optional: true },
  },
};

describe('isCurrent', () => {
  it('accepts the locked versions without those for other systems', () => {
    expect(isCurrent(locked, { packages: { 'node_modules/a': { version: '1.0.0' } } })).toBe(true);
  });

  it('sees a missing package and another version', () => {
    expect(isCurrent(locked, { packages: {} })).toBe(false);
    expect(isCurrent(locked, { packages: { 'node_modules/a': { version: '1.0.1' } } })).toBe(false);
  });

  it('sees another version of an optional package', () => {
    const packages = {
      'node_modules/a': { version: '1.0.0' },
      'node_modules/mac': { version: '1.9.0', optional: true },
    };
    expect(isCurrent(locked, { packages })).toBe(false);
  });
});
