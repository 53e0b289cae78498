/** A run made up for tests. */
import type { Measured } from './figures.js';
import { Results, type Entrant } from './results.js';
import type { RowName } from './rows.js';

/** One value of each figure a round. */
export type Rounds = readonly Measured[];

/** Results of these contenders, and of one that does not take part. */
export function made(rows: Partial<Record<RowName, Record<string, Rounds>>>, absent = 'gone'): Results {
  const names = new Set(Object.values(rows).flatMap((row) => Object.keys(row)));
  const entrants = [...names].map((name): Entrant => ({ name, about: `about ${name}`, version: '1' }));
  const missing: Entrant = { name: absent, about: `about ${absent}`, version: '', absent: 'it cannot be had' };
  const results = new Results([...entrants, missing], {
    at: '2026-01-02T03:04:05.000Z',
    rounds: 3,
    effort: { tcpSeconds: 3, udpSeconds: 2, idleEchoes: 150 },
    udpRates: { 1200: 40_000, 64: 50_000 },
    udpRatesOf: 'wireguard-go',
    machine: '2 cores, Linux 6.18',
  });
  for (const [row, contenders] of Object.entries(rows) as [RowName, Record<string, Rounds>][]) {
    for (const [contender, rounds] of Object.entries(contenders)) {
      for (const [index, measured] of rounds.entries()) {
        results.samples.push({ round: index + 1, contender, row, measured, problems: [] });
      }
    }
  }
  return results;
}
