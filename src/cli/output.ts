/** How words reach a terminal: colour where it is wanted, columns that line up, lines that fit. */
import type { Io } from './io.js';

const ansi = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const;
export type Style = keyof typeof ansi;

/** Puts text in a style, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

/** Colours only on a terminal that can show them and whose owner did not set NO_COLOR. */
export function painter(io: Io): Paint {
  const plain = !io.terminal || (io.env['NO_COLOR'] ?? '') !== '' || io.env['TERM'] === 'dumb';
  if (plain) return (_style, text) => text;
  return (style, text) => `\u001b[${ansi[style][0]}m${text}\u001b[${ansi[style][1]}m`;
}

/** Text another machine had a say in, without anything that could steer a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, ' ');
}

const graphemes = new Intl.Segmenter();
const wide = /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[！-～]/u;

/** Columns the text takes in a terminal: 2 for each wide character (Chinese, emoji), 1 for each other. */
export function width(text: string): number {
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += wide.test(segment) ? 2 : 1;
  return columns;
}

/** At most `columns` columns, the rest replaced by an ellipsis. */
export function truncate(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (width(kept + segment) >= columns) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Lines of at most `columns` columns, each behind `indent`. A longer word stays whole: it may have to be copied. */
export function wrap(text: string, columns: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && width(indent + longer) > columns) {
      lines.push(indent + line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, indent + line].join('\n');
}

/** One cell: its text and, after it was padded, its style. */
export type Cell = string | { text: string; style: Style };

/**
 * Rows with aligned columns, two spaces apart, indented by two. Where a row would be wider than `columns`, the
 * first column gives way, down to 8.
 */
export function table(rows: readonly (readonly Cell[])[], columns: number, paint: Paint): string {
  const textOf = (cell: Cell): string => (typeof cell === 'string' ? cell : cell.text);
  const widths: number[] = [];
  for (const row of rows) {
    for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, width(textOf(cell)));
  }
  const total = widths.reduce((sum, each) => sum + each + 2, 0);
  if (widths[0] !== undefined) widths[0] = Math.max(Math.min(widths[0], 8), widths[0] - Math.max(0, total - columns));
  const line = (row: readonly Cell[]): string => {
    const cells = row.map((cell, at) => {
      const room = widths[at] ?? 0;
      const text = truncate(textOf(cell), room);
      const padded = at === row.length - 1 ? text : text + ' '.repeat(room - width(text));
      return typeof cell === 'string' ? padded : paint(cell.style, padded);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  };
  return rows.map(line).join('\n');
}
