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
    ['\u3164', ''],
    ['\u0301 \u0336bob', 'bob'],
    ['👩🏽‍💻 Zoë', '👩🏽‍💻 Zoë'],
  ])('makes %j into %j', (claimed, name) => {
    expect(sanitiseName(claimed)).toBe(name);
  });

  it('keeps 64 characters and cuts none of them in half', () => {
    expect(sanitiseName('🐟'.repeat(100))).toBe('🐟'.repeat(64));
    expect(sanitiseName('x'.repeat(1_000_000))).toBe('x'.repeat(64));
    expect(sanitiseName(`${'x'.repeat(62)}👩‍💻`)).toBe(`${'x'.repeat(62)}👩`);
  });

  it('changes nothing a second time', () => {
    const pieces = [
      'a',
      ' ',
      '\u0301',
      '\u0353',
      '\u20dd',
      '\u200d',
      '\ufe0f',
      '👩',
      '💻',
      '🏽',
      '\u3164',
      'ế',
      '\n',
      '\ud83d',
    ];
    for (let seed = 1; seed < 2000; seed++) {
      let state = seed;
      const draw = (): string => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return pieces[(state >>> 8) % pieces.length] ?? '';
      };
      const once = sanitiseName(Array.from({ length: 90 }, draw).join(''));
      expect(sanitiseName(once)).toBe(once);
      expect(once.normalize('NFD')).not.toMatch(/[\p{Mn}\p{Me}]{5}/u);
    }
  });
});

describe('parseName', () => {
  it('takes what a person may call a machine, trimmed and composed', () => {
    expect(parseName('  Zoe\u0308’s laptop ')).toBe('Zoë’s laptop');
    expect(parseName('🐟'.repeat(64))).toBe('🐟'.repeat(64));
    expect(parseName('👨‍👩‍👧‍👦 ชื่อเครื่อง')).toBe('👨‍👩‍👧‍👦 ชื่อเครื่อง');
  });

  it.each([
    ['', /at least one/],
    ['   ', /at least one/],
    ['x'.repeat(65), /has 65 characters/],
    ['two\nlines', /one line/],
    ['a\u202eb', /one line/],
    [`a${'\u0301'.repeat(6)}`, /four accents at most/],
    ['ab'.repeat(32), /looks like a node ID/],
  ])('refuses %j', (typed, message) => {
    expect(() => parseName(typed)).toThrow(expect.objectContaining({ code: 'name-invalid' }));
    expect(() => parseName(typed)).toThrow(message);
  });
});
