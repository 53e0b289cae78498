import { describe, expect, it } from 'vitest';
import { parseName, sanitiseName } from './peer-name.js';

describe('sanitiseName', () => {
  it.each([
    ['bob', 'bob'],
    ['  bob  ', 'bob'],
    ['Zoë’s 🐟 laptop', 'Zoë’s 🐟 laptop'],
    ['bob\nroot: all is well', 'bob root: all is well'],
    ['bo\u0000b\u001b[31m', 'bo b [31m'],
    ['\u202egnp.bob\u202c', 'gnp.bob'],
    ['bo\u200bb\ufeff\u2066', 'bob'],
    ['e\u0301', 'é'],
    ['\ud800bob', 'bob'],
    ['\u2028\u3000', ''],
  ])('makes %j into %j', (claimed, name) => {
    expect(sanitiseName(claimed)).toBe(name);
  });

  it('keeps 64 characters and cuts none of them in half', () => {
    expect(sanitiseName('🐟'.repeat(100))).toBe('🐟'.repeat(64));
    expect(sanitiseName('x'.repeat(1_000_000))).toBe('x'.repeat(64));
  });
});

describe('parseName', () => {
  it('takes what a person may call a machine, trimmed and composed', () => {
    expect(parseName('  Zoe\u0308’s laptop ')).toBe('Zoë’s laptop');
    expect(parseName('🐟'.repeat(64))).toBe('🐟'.repeat(64));
  });

  it.each([
    ['', /at least one/],
    ['   ', /at least one/],
    ['x'.repeat(65), /has 65 characters/],
    ['two\nlines', /one line/],
    ['a\u202eb', /one line/],
    ['ab'.repeat(32), /looks like a node ID/],
  ])('refuses %j', (typed, message) => {
    expect(() => parseName(typed)).toThrow(expect.objectContaining({ code: 'name-invalid' }));
    expect(() => parseName(typed)).toThrow(message);
  });
});
