/** Results as text for a terminal. */
import type { Verdict } from './bars.js';
import { figures, tableFigures, type Figure } from './figures.js';
import type { Results } from './results.js';
import type { RowName } from './rows.js';

/** Medians of the plain row, contender by contender, and what went wrong. */
export function comparisonText(results: Results): string {
  const present = results.entrants.filter(({ absent }) => absent === undefined).map(({ name }) => name);
  const header = ['', ...present];
  const body = tableFigures.map((figure) => [
    figures[figure],
    ...present.map((name) => written(results.median(name, 'base', figure))),
  ]);
  const others: [RowName, Figure, string][] = [
    ['known', 'tcp1Mbps', 'TCP, 1,000 known'],
    ['no-segmentation', 'tcp1Mbps', 'TCP, no UDP segmentation'],
    ['delay', 'tcp1Mbps', 'TCP, 50 ms'],
    ['loss', 'tcp1Mbps', 'TCP, 1 % loss'],
  ];
  for (const [row, figure, label] of others) {
    body.push([label, ...present.map((name) => written(results.median(name, row, figure)))]);
  }
  const ours = body.filter((cells) => cells.slice(1).some((cell) => cell !== ''));
  const trouble = results.entrants.flatMap(({ name, absent }) =>
    [...(absent === undefined ? [] : [absent]), ...results.problems(name)].map((words) => `${name}: ${words}`),
  );
  return `${aligned([header, ...ours])}\n${trouble.map((line) => `${line}\n`).join('')}`;
}

/** One line for each bar. */
export function verdictsText(judged: readonly Verdict[]): string {
  const lines = judged.map((verdict) => [
    verdict.passed ? 'pass' : 'FAIL',
    verdict.what,
    verdict.limit,
    reachedText(verdict),
  ]);
  const failed = judged.filter(({ passed }) => !passed).length;
  return `${aligned(lines)}\n${judged.length - failed} passed, ${failed} failed\n`;
}

/** What was reached; where that is too little to decide, how often it was measured. */
export function reachedText({ value, samples, needed }: Verdict): string {
  if (value === undefined) return 'not measured';
  return samples < needed ? `${written(value)} (${samples} values, not ${needed})` : written(value);
}

/** Three digits where they mean anything; empty where there is nothing. */
export function written(value: number | undefined): string {
  if (value === undefined) return '';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function aligned(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
