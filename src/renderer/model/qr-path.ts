/** A QR code as one SVG path, a square for each run of dark modules. */
import { encode } from 'uqr';

export interface QrPath {
  /** Modules in each direction, quiet zone included. */
  size: number;
  d: string;
}

export function qrPath(text: string): QrPath {
  const { data, size } = encode(text, { ecc: 'M', border: 2 });
  const runs = data.flatMap((row, y) => rowRuns(row).map(({ x, width }) => `M${x} ${y}h${width}v1h-${width}z`));
  return { size, d: runs.join('') };
}

function rowRuns(row: readonly boolean[]): { x: number; width: number }[] {
  const runs: { x: number; width: number }[] = [];
  row.forEach((dark, x) => {
    const last = runs.at(-1);
    if (!dark) return;
    if (last !== undefined && last.x + last.width === x) last.width += 1;
    else runs.push({ x, width: 1 });
  });
  return runs;
}
