/** The words after `npm run bench --`. */
import { parseArgs } from 'node:util';
import { contenders } from './contenders/index.js';
import type { Contender } from './contender.js';
import { cacheVariable } from './installer.js';
import { rows, type Row } from './rows.js';

/** Fewer do not decide anything. */
export const decisiveRounds = 5;

export interface Options {
  rounds: number;
  quick: boolean;
  check: boolean;
  json: boolean;
  /** Replace the figures of docs/. */
  write: boolean;
  help: boolean;
  contenders: readonly Contender[];
  rows: readonly Row[];
}

export class UsageError extends Error {}

/** What is played with `--quick`. */
const quickRows = ['base', 'no-segmentation'];

export const help = `npm run bench -- [options]

Measures Rayfish beside other VPNs: two network namespaces, a veth pair, the same MTU inside, one after the other in
rounds, each figure the median of its rounds. Needs Linux and root. Progress goes to standard error.

  --rounds N      rounds; default ${decisiveRounds}
  --only A,B,…    these contenders: ${contenders.map(({ name }) => name).join(', ')}
  --rows A,B,…    these rows:
${rows.map(({ name, about }) => `                  ${name.padEnd(16)}${about}`).join('\n')}
  --check         say which bars are passed, and end with 1 where one is not; needs ${decisiveRounds} rounds
  --json          print the medians and ratios as one JSON object
  --write         put the figures into docs/ (benchmarks.md, benchmarks.json, benchmarks.svg)
  --quick         one short round, 3 minutes: shows that everything runs and decides nothing
  --help          this

Contenders are installed by their own package managers into ~/.cache/rayfish-desktop/bench, or ${cacheVariable}.
The first time that takes about 20 minutes.
`;

/**
 * Reads the command line.
 * @throws UsageError in words for the person who typed it.
 */
export function parseOptions(words: readonly string[]): Options {
  const values = parsed(words);
  const { quick, check, json, write } = values;
  const rounds = values.rounds === undefined ? (quick ? 1 : decisiveRounds) : Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError('--rounds takes a number from 1 on.');
  if (quick && (check || write)) throw new UsageError('--quick decides nothing: leave --check and --write away.');
  if ((check || write) && rounds < decisiveRounds) {
    throw new UsageError(`--check and --write need at least ${decisiveRounds} rounds.`);
  }
  const byName = chosen('--rows', rows, values.rows);
  return {
    rounds,
    quick,
    check,
    json,
    write,
    help: values.help,
    contenders: chosen('--only', contenders, values.only),
    rows: quick && values.rows === undefined ? byName.filter(({ name }) => quickRows.includes(name)) : byName,
  };
}

function parsed(words: readonly string[]) {
  const flag = { type: 'boolean', default: false } as const;
  const text = { type: 'string' } as const;
  const options = {
    rounds: text,
    only: text,
    rows: text,
    check: flag,
    json: flag,
    write: flag,
    quick: flag,
    help: flag,
  } as const;
  try {
    return parseArgs({ args: [...words], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function chosen<T extends { readonly name: string }>(
  option: string,
  all: readonly T[],
  names: string | undefined,
): readonly T[] {
  if (names === undefined) return all;
  const wanted = names.split(',').map((name) => name.trim());
  const unknown = wanted.find((name) => !all.some((one) => one.name === name));
  if (unknown !== undefined) {
    throw new UsageError(`${option}: there is no ${unknown}, only ${all.map(({ name }) => name).join(', ')}.`);
  }
  return all.filter(({ name }) => wanted.includes(name));
}
