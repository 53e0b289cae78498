/** A picture of the results for the README: one panel a figure, one bar a contender. */
import type { Figure } from './figures.js';
import type { Results } from './results.js';
import { written } from './text.js';

interface Panel {
  title: string;
  figure: Figure;
}

const panels: readonly Panel[] = [
  { title: 'TCP, one stream, Mbit/s (more is better)', figure: 'tcp1Mbps' },
  { title: 'Round trip under that load, ms (less is better)', figure: 'loadedRttAvgMs' },
  { title: 'Processor seconds per gigabyte (less is better)', figure: 'cpuSecondsPerGB' },
];

const names: Record<string, string> = { ours: 'Rayfish Desktop', oursQuic: 'Rayfish Desktop, QUIC alone' };
/** The ceiling is no contender. */
const hidden = ['underlay'];

const width = 720;
const labelWidth = 210;
const barHeight = 16;
const lineHeight = 22;
const titleHeight = 34;

/** An SVG that fits a light and a dark page. */
export function picture(results: Results): string {
  let top = 0;
  const parts = panels.map((panel) => {
    const drawn = drawPanel(panel, results, top);
    top += drawn.height;
    return drawn.text;
  });
  const height = top + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Rayfish Desktop beside other VPNs">
<style>
  text { font: 13px system-ui, sans-serif; fill: #1f2933; }
  .title { font-weight: 600; }
  .bar { fill: #9aa5b1; }
  .ours { fill: #0b7285; }
  @media (prefers-color-scheme: dark) { text { fill: #e4e7eb; } .bar { fill: #616e7c; } .ours { fill: #22b8cf; } }
</style>
${parts.join('\n')}
</svg>
`;
}

function drawPanel({ title, figure }: Panel, results: Results, top: number): { text: string; height: number } {
  const bars = results.entrants.flatMap(({ name }) => {
    const value = results.median(name, 'base', figure);
    return value === undefined || hidden.includes(name) ? [] : [{ name, value }];
  });
  const longest = Math.max(...bars.map(({ value }) => value), 0.001);
  const room = width - labelWidth - 70;
  const lines = bars.map(({ name, value }, index) => {
    const y = top + titleHeight + index * lineHeight;
    const length = Math.max(1, (room * value) / longest);
    const kind = name in names ? 'bar ours' : 'bar';
    const middle = y + barHeight - 3;
    return [
      `<text x="${labelWidth - 8}" y="${middle}" text-anchor="end">${names[name] ?? name}</text>`,
      `<rect class="${kind}" x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="2"/>`,
      `<text x="${(labelWidth + length + 6).toFixed(1)}" y="${middle}">${written(value)}</text>`,
    ].join('');
  });
  const heading = `<text class="title" x="0" y="${top + 22}">${title}</text>`;
  return { text: [heading, ...lines].join('\n'), height: titleHeight + bars.length * lineHeight + 10 };
}
