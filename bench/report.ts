/** What `--json` prints: medians, and our ratios to every contender. */
import { rounded, tableFigures, type Figure, type TunnelFigure } from './figures.js';
import type { Results } from './results.js';
import type { RowName } from './rows.js';

type Loaded = 'loadedRttAvgMs' | 'loadedRttP99Ms' | 'loadedRttMaxMs';

/** One row of a contender; figures that were not measured are left out. */
interface Medians extends Partial<Record<Exclude<TunnelFigure, Loaded>, number>> {
  loadedRttMs?: { avg: number; p99: number; max: number };
}

interface ContenderReport extends Medians {
  known1000?: Medians;
  noSegmentation?: Medians;
  delay50ms?: Medians;
  loss1pct?: Medians;
  eightPeers?: { onePeerMbps: number; eightPeersMbps: number };
  scale?: { oneKnownMbps: number; thousandKnownMbps: number };
  /** With 1,000 known and 100 connected peers. */
  crowdMemoryMB?: number;
  lookupNs?: { known1: number; known1000: number };
  /** Why it did not take part, or what could not be measured. */
  error?: string;
}

type Ratios = Partial<Record<RatioName, number>>;

export interface Report {
  ours: ContenderReport;
  oursQuic: ContenderReport;
  contenders: Record<string, ContenderReport>;
  ratios: Record<string, Ratios>;
}

/** Which figure of which row each ratio is of. */
export const ratioFigures = {
  tcp1: ['base', 'tcp1Mbps'],
  tcp4: ['base', 'tcp4Mbps'],
  reverse: ['base', 'reverseMbps'],
  both: ['base', 'bothMbps'],
  udp1200: ['base', 'udp1200Mbps'],
  udp64: ['base', 'udp64Mbps'],
  cpu: ['base', 'cpuSecondsPerGB'],
  busy: ['base', 'busySecondsPerGB'],
  idleRtt: ['base', 'idleRttMs'],
  idleAdded: ['base', 'idleAddedMs'],
  loadedAvg: ['base', 'loadedRttAvgMs'],
  loadedP99: ['base', 'loadedRttP99Ms'],
  loadedMax: ['base', 'loadedRttMaxMs'],
  connect: ['base', 'connectMs'],
  memory: ['base', 'memoryMB'],
  known1000Tcp1: ['known', 'tcp1Mbps'],
  noSegmentation: ['no-segmentation', 'tcp1Mbps'],
  delay50ms: ['delay', 'tcp1Mbps'],
  loss1pct: ['loss', 'tcp1Mbps'],
} as const satisfies Record<string, readonly [RowName, Figure]>;

export type RatioName = keyof typeof ratioFigures;

const own = ['ours', 'oursQuic'];

/** The one object of a run. */
export function report(results: Results): Report {
  const others = results.entrants.map(({ name }) => name).filter((name) => !own.includes(name));
  return {
    ours: contender(results, 'ours'),
    oursQuic: contender(results, 'oursQuic'),
    contenders: Object.fromEntries(others.map((name) => [name, contender(results, name)])),
    ratios: Object.fromEntries(others.map((name) => [name, ratios(results, name)])),
  };
}

function contender(results: Results, name: string): ContenderReport {
  const row = (of: RowName): Medians => medians(results, name, of);
  const value = (of: RowName, figure: Figure): number | undefined => rounding(results.median(name, of, figure));
  const absent = results.entrants.find((entrant) => entrant.name === name)?.absent;
  const problems = absent === undefined ? results.problems(name) : [absent];
  const [onePeerMbps, eightPeersMbps] = [value('eight', 'onePeerMbps'), value('eight', 'eightPeersMbps')];
  const [oneKnownMbps, thousandKnownMbps] = [value('scale', 'oneKnownMbps'), value('scale', 'thousandKnownMbps')];
  const [known1, known1000] = [value('lookup', 'lookup1Ns'), value('lookup', 'lookup1000Ns')];
  const crowdMemoryMB = value('memory', 'memoryMB');
  return {
    ...row('base'),
    ...filled('known1000', row('known')),
    ...filled('noSegmentation', row('no-segmentation')),
    ...filled('delay50ms', row('delay')),
    ...filled('loss1pct', row('loss')),
    ...(onePeerMbps !== undefined && eightPeersMbps !== undefined && { eightPeers: { onePeerMbps, eightPeersMbps } }),
    ...(oneKnownMbps !== undefined &&
      thousandKnownMbps !== undefined && { scale: { oneKnownMbps, thousandKnownMbps } }),
    ...(crowdMemoryMB !== undefined && { crowdMemoryMB }),
    ...(known1 !== undefined && known1000 !== undefined && { lookupNs: { known1, known1000 } }),
    ...(problems.length > 0 && { error: problems.join('; ') }),
  };
}

function medians(results: Results, name: string, row: RowName): Medians {
  const measured: Partial<Record<TunnelFigure, number>> = {};
  for (const figure of tableFigures) {
    const found = rounding(results.median(name, row, figure));
    if (found !== undefined) measured[figure] = found;
  }
  const { loadedRttAvgMs: avg, loadedRttP99Ms: p99, loadedRttMaxMs: max, ...plain } = measured;
  const loaded = avg !== undefined && p99 !== undefined && max !== undefined && { loadedRttMs: { avg, p99, max } };
  return { ...plain, ...loaded };
}

function ratios(results: Results, name: string): Ratios {
  const found: Ratios = {};
  for (const [ratio, [row, figure]] of Object.entries(ratioFigures) as [RatioName, readonly [RowName, Figure]][]) {
    const value = results.ratio('ours', name, row, figure);
    if (value !== undefined && Number.isFinite(value)) found[ratio] = rounded(value);
  }
  return found;
}

function filled<K extends string>(key: K, medians: Medians): Partial<Record<K, Medians>> {
  return Object.keys(medians).length === 0 ? {} : ({ [key]: medians } as Record<K, Medians>);
}

function rounding(value: number | undefined): number | undefined {
  return value === undefined ? undefined : rounded(value);
}
