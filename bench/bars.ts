/** What a release has to reach, each bar with the value of a run and whether it holds. */
import type { Figure } from './figures.js';
import type { Results } from './results.js';
import type { RowName } from './rows.js';

/** Fewer do not decide anything. */
export const decisiveRounds = 5;

export interface Verdict {
  what: string;
  /** `≥ 2`, `≤ 0.5` */
  limit: string;
  /** Undefined where it was not measured. */
  value: number | undefined;
  /** How many values there are of the figure that has the fewest. */
  samples: number;
  passed: boolean;
}

type Source = readonly [contender: string, row: RowName, figure: Figure];

interface Bar {
  what: string;
  sense: '≥' | '≤';
  limit: number;
  value: (results: Results) => number | undefined;
  /** The figures that it comes from. */
  sources: readonly Source[];
}

const wireguard = 'wireguard-go';
const rayfish = 'rayfish';

const bars: readonly Bar[] = [
  against(wireguard, 'TCP, 1 stream', '≥', 2, 'base', 'tcp1Mbps'),
  against(rayfish, 'TCP, 1 stream', '≥', 5, 'base', 'tcp1Mbps'),
  against(wireguard, 'TCP, 4 streams', '≥', 2, 'base', 'tcp4Mbps'),
  against(wireguard, 'TCP, reverse', '≥', 2, 'base', 'reverseMbps'),
  against(wireguard, 'TCP, both directions', '≥', 2, 'base', 'bothMbps'),
  against(wireguard, 'TCP, sender cannot segment UDP', '≥', 1.2, 'no-segmentation', 'tcp1Mbps'),
  against('nebula', 'TCP, 1 stream', '≥', 3, 'base', 'tcp1Mbps'),
  against('tinc', 'TCP, 1 stream', '≥', 3, 'base', 'tcp1Mbps'),
  against('yggdrasil', 'TCP, 1 stream', '≥', 3, 'base', 'tcp1Mbps'),
  against(wireguard, 'QUIC alone, TCP, 1 stream', '≥', 0.8, 'base', 'tcp1Mbps', 'oursQuic'),
  against(rayfish, 'QUIC alone, TCP, 1 stream', '≥', 2, 'base', 'tcp1Mbps', 'oursQuic'),
  against(wireguard, 'TCP at 50 ms', '≥', 0.95, 'delay', 'tcp1Mbps'),
  against(wireguard, 'TCP at 1 % loss', '≥', 0.95, 'loss', 'tcp1Mbps'),
  against(wireguard, 'UDP, 1200 B, overload', '≥', 1.2, 'base', 'udp1200Mbps'),
  against(wireguard, 'UDP, 64 B, overload', '≥', 1.2, 'base', 'udp64Mbps'),
  against(wireguard, 'CPU seconds per GB', '≤', 0.5, 'base', 'cpuSecondsPerGB'),
  against(wireguard, 'idle RTT added', '≤', 0.8, 'base', 'idleAddedMs'),
  against(wireguard, 'RTT under load, average', '≤', 0.6, 'base', 'loadedRttAvgMs'),
  against(wireguard, 'RTT under load, p99', '≤', 0.6, 'base', 'loadedRttP99Ms'),
  within('lookup with 1,000 known peers / with 1', '≤', 1.1, 'lookup', 'lookup1000Ns', 'lookup1Ns'),
  within('TCP with 1,000 known peers / with 1', '≥', 0.95, 'scale', 'thousandKnownMbps', 'oneKnownMbps'),
  within('TCP to 8 peers at once / to one', '≥', 0.9, 'eight', 'eightPeersMbps', 'onePeerMbps'),
  {
    what: 'memory in MB, 1,000 known, 100 connected peers',
    sense: '≤',
    limit: 200,
    value: (results) => results.median('ours', 'memory', 'memoryMB'),
    sources: [['ours', 'memory', 'memoryMB']],
  },
];

/** Every bar, judged by the medians. What was not measured often enough has not passed. */
export function verdicts(results: Results): Verdict[] {
  return bars.map(({ what, sense, limit, value: valueIn, sources }) => {
    const value = valueIn(results);
    const samples = Math.min(...sources.map((source) => results.values(...source).length));
    const reached = value !== undefined && (sense === '≥' ? value >= limit : value <= limit);
    return { what, limit: `${sense} ${limit}`, value, samples, passed: reached && samples >= decisiveRounds };
  });
}

/** The median of a figure of ours over that of theirs. */
function against(
  theirs: string,
  what: string,
  sense: Bar['sense'],
  limit: number,
  row: RowName,
  figure: Figure,
  ours = 'ours',
): Bar {
  const sources: Bar['sources'] = [
    [ours, row, figure],
    [theirs, row, figure],
  ];
  const value: Bar['value'] = (results) => results.ratio(ours, theirs, row, figure);
  return { what: `${what} / ${theirs}`, sense, limit, value, sources };
}

/** The median of the ratios of two figures that come from one play of ours. */
function within(what: string, sense: Bar['sense'], limit: number, row: RowName, above: Figure, below: Figure): Bar {
  const sources: Bar['sources'] = [
    ['ours', row, above],
    ['ours', row, below],
  ];
  const value: Bar['value'] = (results) => results.pairedRatio('ours', row, above, below);
  return { what, sense, limit, value, sources };
}
