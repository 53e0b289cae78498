/** What a release has to reach, each bar with the value of a run and whether it holds. */
import { median, type Figure } from './figures.js';
import type { Results } from './results.js';
import type { RowName } from './rows.js';

/** Fewer rounds do not decide anything. */
export const decisiveRounds = 5;

/** Plays that a figure needs which is to be told from one a tenth or a twentieth away. */
export const finePlays = 10;

export interface Verdict {
  what: string;
  /** `≥ 2`, `≤ 0.5` */
  limit: string;
  /** Undefined where it was not measured. */
  value: number | undefined;
  /** How often it was measured, and how often it has to be. */
  samples: number;
  needed: number;
  passed: boolean;
}

interface Bar {
  what: string;
  sense: '≥' | '≤';
  limit: number;
  needed: number;
  /** The value, and how often what it comes from was measured. */
  measured: (results: Results) => { value: number | undefined; samples: number };
}

const wireguard = 'wireguard-go';
const rayfish = 'rayfish';
const lost = 'loadedLostPct';

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
  // An echo that is lost has no round trip: without this, who loses the slow ones would do well above.
  {
    what: 'echoes lost under load, points of % beyond wireguard-go',
    sense: '≤',
    limit: 1,
    needed: decisiveRounds,
    measured: (results) => {
      const [ours, theirs] = [results.median('ours', 'base', lost), results.median(wireguard, 'base', lost)];
      return {
        value: ours === undefined || theirs === undefined ? undefined : ours - theirs,
        samples: Math.min(...['ours', wireguard].map((name) => results.values(name, 'base', lost).length)),
      };
    },
  },
  within('lookup with 1,000 known peers / with 1', '≤', 1.1, 'lookup', 'lookup1000Ns', 'lookup1Ns'),
  within('TCP with 1,000 known peers / with 1', '≥', 0.95, 'scale', 'thousandKnownMbps', 'oneKnownMbps'),
  within('TCP to 8 peers at once / to one', '≥', 0.9, 'eight', 'eightPeersMbps', 'onePeerMbps'),
  {
    what: 'memory in MB, 1,000 known, 100 connected peers',
    sense: '≤',
    limit: 200,
    needed: decisiveRounds,
    measured: (results) => ({
      value: results.median('ours', 'memory', 'memoryMB'),
      samples: results.values('ours', 'memory', 'memoryMB').length,
    }),
  },
];

/** Every bar, judged by the medians. What was not measured often enough has not passed. */
export function verdicts(results: Results): Verdict[] {
  return bars.map(({ what, sense, limit, needed, measured }) => {
    const { value, samples } = measured(results);
    const reached = value !== undefined && (sense === '≥' ? value >= limit : value <= limit);
    return { what, limit: `${sense} ${limit}`, value, samples, needed, passed: reached && samples >= needed };
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
  const measured: Bar['measured'] = (results) => ({
    value: results.ratio(ours, theirs, row, figure),
    samples: Math.min(...[ours, theirs].map((name) => results.values(name, row, figure).length)),
  });
  return { what: `${what} / ${theirs}`, sense, limit, needed: decisiveRounds, measured };
}

/** The median of the ratios of two figures that come from one play of ours. */
function within(what: string, sense: Bar['sense'], limit: number, row: RowName, above: Figure, below: Figure): Bar {
  const measured: Bar['measured'] = (results) => {
    const ratios = results.pairedRatios('ours', row, above, below);
    return { value: ratios.length === 0 ? undefined : median(ratios), samples: ratios.length };
  };
  return { what, sense, limit, needed: finePlays, measured };
}
