/** What is measured, and how several measurements become one number. */

/** Figures of one tunnel, in the order of every table, with how each is written for people. */
const tunnelFigures = {
  tcp1Mbps: 'TCP, 1 stream',
  reverseMbps: 'TCP, reverse',
  tcp4Mbps: 'TCP, 4 streams',
  bothMbps: 'TCP, both directions',
  udp1200Mbps: 'UDP, 1200 B',
  udp64Mbps: 'UDP, 64 B',
  idleRttMs: 'RTT, idle',
  idleAddedMs: 'RTT, idle, added',
  loadedRttAvgMs: 'RTT under load, average',
  loadedRttP99Ms: 'RTT under load, p99',
  loadedRttMaxMs: 'RTT under load, longest',
  loadedLostPct: 'echoes lost under load, %',
  cpuSecondsPerGB: 'CPU seconds per GB',
  busySecondsPerGB: 'the same, whole machine',
  connectMs: 'pasted → first echo',
  memoryMB: 'memory per node',
} as const;

/** Every figure of a row. */
export const figures = {
  ...tunnelFigures,
  oneKnownMbps: 'TCP, 1 stream, 1 known peer',
  thousandKnownMbps: 'TCP, 1 stream, 1,000 known peers',
  onePeerMbps: 'TCP to one of 8 peers',
  eightPeersMbps: 'TCP to 8 peers, total',
  lookup1Ns: 'parse and look up, 1 peer',
  lookup1000Ns: 'parse and look up, 1,000 peers',
} as const;

export type Figure = keyof typeof figures;
export type TunnelFigure = keyof typeof tunnelFigures;

/** The lines of a table that compares tunnels. */
export const tableFigures = Object.keys(tunnelFigures) as TunnelFigure[];

/** What one play of a row has measured. */
export type Measured = Partial<Record<Figure, number>>;

/** The middle one, or the mean of the middle two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? NaN) + upper) / 2;
}

/** Three significant digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
