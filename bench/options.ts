/** The words after `npm run bench --`. */
import { UsageError, type Values } from '../scripts/command-line.mjs';
import type { benchUsage } from '../scripts/usages.mjs';
import { contenders } from './contenders/index.js';
import type { Contender } from './contender.js';
import { decisiveRounds } from './bars.js';
import { rows, type Row } from './rows.js';

export interface Options {
  rounds: number;
  quick: boolean;
  check: boolean;
  json: boolean;
  /** Replace the figures of docs/. */
  write: boolean;
  contenders: readonly Contender[];
  rows: readonly Row[];
}

/** What is played with `--quick`. */
const quickRows = ['base', 'no-segmentation'];

/**
 * What the words on the command line mean.
 * @throws UsageError in words for the person who typed them.
 */
export function optionsFrom(values: Values<typeof benchUsage>): Options {
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
    contenders: chosen('--only', contenders, values.only),
    rows: quick && values.rows === undefined ? byName.filter(({ name }) => quickRows.includes(name)) : byName,
  };
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
