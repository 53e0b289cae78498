import { describe, expect, it } from 'vitest';
import { printable, table, truncate, width, wrap, type Paint } from './output.js';

const plain: Paint = (_style, text) => text;

describe('width', () => {
  it.each([
    ['bob', 3],
    ['Zoë', 3],
    ['e\u0301', 1],
    ['日本', 4],
    ['👩‍👩‍👧', 2],
  ])('of %s is %i', (text, columns) => {
    expect(width(text)).toBe(columns);
  });
});

describe('truncate', () => {
  it('keeps what fits and cuts between whole characters', () => {
    expect(truncate('bob', 3)).toBe('bob');
    expect(truncate('robert', 4)).toBe('rob…');
    expect(truncate('日本語', 4)).toBe('日…');
  });
});

describe('wrap', () => {
  it('breaks between words and leaves a long word whole', () => {
    expect(wrap('aa bb cccccccc dd', 6, ' ')).toBe(' aa bb\n cccccccc\n dd');
  });
});

describe('table', () => {
  it('lines columns up and lets the first one give way', () => {
    expect(
      table(
        [
          ['a', 'b'],
          ['long', 'c'],
        ],
        80,
        plain,
      ),
    ).toBe('  a     b\n  long  c');
    const narrow = table([['a very long, long name', 'state', 'address']], 30, plain);
    expect(narrow).toBe('  a very long…  state  address');
  });

  it('paints after it padded', () => {
    const marked: Paint = (style, text) => `<${style}>${text}</>`;
    expect(
      table(
        [
          [{ text: 'a', style: 'dim' }, 'b'],
          ['ccc', 'd'],
        ],
        80,
        marked,
      ),
    ).toBe('  <dim>a  </>  b\n  ccc  d');
  });
});

describe('printable', () => {
  it('keeps words and drops what steers a terminal or turns text around', () => {
    expect(printable('b\u001b[31mob\u202e\n')).toBe('b [31mob  ');
    expect(printable('日本 Zoë')).toBe('日本 Zoë');
  });
});
