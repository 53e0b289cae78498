import { expect, test } from 'vitest';
import { helpOf, read } from '../scripts/command-line.mjs';
import { benchUsage } from '../scripts/usages.mjs';
import { contenders } from './contenders/index.js';
import { optionsFrom } from './options.js';
import { rows } from './rows.js';

const parseOptions = (words: readonly string[]) => optionsFrom(read(benchUsage, words).values);

test('without words everything is played in five rounds', () => {
  const { rounds, contenders, rows, json } = parseOptions([]);
  expect(rounds).toBe(5);
  expect(contenders.map(({ name }) => name)).toContain('wireguard-go');
  expect(rows.map(({ name }) => name)).toContain('memory');
  expect(json).toBe(false);
});

test('contenders and rows can be chosen', () => {
  const { contenders, rows } = parseOptions(['--only', 'ours,tinc', '--rows', 'base']);
  expect(contenders.map(({ name }) => name)).toEqual(['ours', 'tinc']);
  expect(rows.map(({ name }) => name)).toEqual(['base']);
});

test.each([
  [['--only', 'nobody'], 'there is no nobody'],
  [['--rounds', '0'], '--rounds'],
  [['--rounds', 'many'], '--rounds'],
  [['--check', '--rounds', '4'], 'at least 5 rounds'],
  [['--quick', '--check'], '--quick decides nothing'],
])('%j is refused', (words, message) => {
  expect(() => parseOptions(words)).toThrow(message);
});

test.each([...contenders, ...rows])('--help names $name', ({ name }) => {
  expect(helpOf(benchUsage)).toMatch(new RegExp(`(^| )${name}([ ,]|$)`, 'm'));
});
