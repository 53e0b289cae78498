/** Puts a run into docs/: the section of benchmarks.md between its markers, benchmarks.json and benchmarks.svg. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { verdicts } from './bars.js';
import { figures, tableFigures, type Figure } from './figures.js';
import { picture } from './picture.js';
import type { Results } from './results.js';
import { report, ratioFigures, type RatioName } from './report.js';
import type { RowName } from './rows.js';
import { reachedText, written } from './text.js';

const begin = '<!-- npm run bench -- --write: from here -->';
const end = '<!-- npm run bench -- --write: to here -->';

/** Replaces what an earlier run left there. */
export async function writeDocuments(results: Results): Promise<void> {
  const page = documentPath('benchmarks.md');
  await writeFormatted(page, between(await readFile(page, 'utf8'), section(results)));
  await writeFormatted(documentPath('benchmarks.json'), JSON.stringify(report(results)));
  await writeFile(documentPath('benchmarks.svg'), picture(results));
}

/**
 * The page with another text between its markers.
 * @throws Error where it has no markers.
 */
export function between(page: string, text: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error('docs/benchmarks.md has lost the markers of its measured part');
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/** The measured part as Markdown. */
export function section(results: Results): string {
  const { at, rounds, effort, machine, udpRates, udpRatesOf } = results.circumstances;
  const present = results.entrants.filter(({ absent }) => absent === undefined);
  const offered =
    udpRates === null
      ? ''
      : ` UDP is offered at twice what ${udpRatesOf ?? 'nobody'} carried without loss: ${written(udpRates[1200])} datagrams a second of 1200 bytes, ${written(udpRates[64])} of 64.`;
  return [
    `${at.slice(0, 10)}, ${rounds} rounds in turns, ${machine}. TCP ${effort.tcpSeconds} s each. Medians, with the least and the greatest value in parentheses.${offered}`,
    '![Rayfish Desktop beside other VPNs](benchmarks.svg)',
    table(
      ['', ...present.map(({ name }) => name)],
      tableFigures.map((figure) => [
        figures[figure],
        ...present.map(({ name }) => spread(results, name, 'base', figure)),
      ]),
    ),
    'The same with 1,000 known peers at each end, for those that keep a list of peers:',
    rowTable(results, 'known', tableFigures),
    'One TCP stream where the device of the sender cannot segment UDP:',
    rowTable(results, 'no-segmentation', ['tcp1Mbps', 'cpuSecondsPerGB']),
    'At 50 ms there and back, and at 1 % loss in each direction (`underlay` is the ceiling of the forwarder):',
    rowTable(results, 'delay', ['tcp1Mbps']),
    rowTable(results, 'loss', ['tcp1Mbps']),
    'Ours over theirs:',
    ratioTable(results),
    table(
      ['bar', 'limit', 'value', ''],
      verdicts(results).map((verdict) => [
        verdict.what,
        verdict.limit,
        reachedText(verdict),
        verdict.passed ? 'passed' : '**missed**',
      ]),
    ),
    'Who took part:',
    results.entrants.map((entrant) => `- ${introduction(results, entrant)}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function introduction(results: Results, { name, about, version, absent }: Results['entrants'][number]): string {
  const trouble = absent === undefined ? results.problems(name) : [`not measured: ${absent}`];
  return [`\`${name}\`: ${about}`, version, ...trouble].filter((words) => words !== '').join('; ');
}

function rowTable(results: Results, row: RowName, wanted: readonly Figure[]): string {
  const present = results.entrants
    .map(({ name }) => name)
    .filter((name) => wanted.some((figure) => results.median(name, row, figure) !== undefined));
  if (present.length === 0) return '(not measured)';
  const lines = wanted.map((figure) => [figures[figure], ...present.map((name) => spread(results, name, row, figure))]);
  return table(['', ...present], lines);
}

function ratioTable(results: Results): string {
  const { ratios } = report(results);
  const names = Object.keys(ratios).filter((name) => Object.keys(ratios[name] ?? {}).length > 0);
  const lines = (Object.keys(ratioFigures) as RatioName[]).map((ratio) => [
    ratio,
    ...names.map((name) => written(ratios[name]?.[ratio])),
  ]);
  return table(['', ...names], lines);
}

function spread(results: Results, name: string, row: RowName, figure: Figure): string {
  const values = results.values(name, row, figure);
  const middle = results.median(name, row, figure);
  if (middle === undefined) return '';
  return `${written(middle)} (${written(Math.min(...values))}–${written(Math.max(...values))})`;
}

function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...lines.map(line)].join('\n');
}

function documentPath(name: string): string {
  return fileURLToPath(new URL(`../docs/${name}`, import.meta.url));
}

async function writeFormatted(path: string, text: string): Promise<void> {
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
