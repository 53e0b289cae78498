/** The measurements of one tunnel. Each returns its figures. */
import { PingStream, stream, type StreamOptions, type StreamResult } from '../e2e/traffic.js';
import { sleep } from '../e2e/wait.js';
import type { End, Joined } from './contender.js';
import { roundTrips } from './echoes.js';
import type { Measured } from './figures.js';
import type { Site } from './site.js';
import { offer } from '../e2e/udp-load.js';
import { residentMB, usage } from './usage.js';

/** How long and how much is measured. */
export interface Effort {
  /** Of each TCP stream. */
  tcpSeconds: number;
  udpSeconds: number;
  /** With nothing else going on. */
  idleEchoes: number;
  /** Offered to everybody, in datagrams a second. */
  udpRates: UdpRates | null;
}

export interface UdpRates {
  1200: number;
  64: number;
}

export interface Subject extends Joined {
  site: Site;
  effort: Effort;
}

export type Measure = (subject: Subject) => Promise<Measured>;

/** How long a tunnel may take until its first echo. */
const connectLimitMs = 30_000;
/** From the first echo on, for what a contender does once it is connected (path MTU, address changes). */
const restMs = 700;
const idleInterval = 0.01;
const loadedInterval = 0.01;

/** Waits for the first echo; returns what the contender took from its last word on. */
export async function connect({ ends: [left, right], pastedAt, settle }: Subject): Promise<Measured> {
  const echoes = await PingStream.start(left.machine, right.address, { interval: 0.01 });
  const answered = await echoes.firstAnswer(pastedAt, connectLimitMs);
  await echoes.stop();
  await settle?.();
  await sleep(restMs);
  return { connectMs: answered - pastedAt };
}

/** One stream, and what it cost. */
export async function tcpOne({ ends, effort }: Subject): Promise<Measured> {
  const pids = ends.flatMap((end) => end.pids);
  const before = await usage(pids);
  const { mbps, bytes } = await flow(ends, { seconds: effort.tcpSeconds });
  const after = await usage(pids);
  const gigabytes = bytes / 1e9;
  return {
    tcp1Mbps: mbps,
    ...(pids.length > 0 && { cpuSecondsPerGB: (after.processes - before.processes) / gigabytes }),
    busySecondsPerGB: (after.machine - before.machine) / gigabytes,
  };
}

/** Without what it cost. */
export async function tcpOnly(subject: Subject): Promise<Measured> {
  const { tcp1Mbps = NaN } = await tcpOne(subject);
  return { tcp1Mbps };
}

/** The same for twice as long: on a long path the stream begins slowly. */
export async function tcpLong(subject: Subject): Promise<Measured> {
  const effort = { ...subject.effort, tcpSeconds: 2 * subject.effort.tcpSeconds };
  return tcpOnly({ ...subject, effort });
}

/** The other way round. */
export async function tcpReverse({ ends, effort }: Subject): Promise<Measured> {
  const options = { seconds: effort.tcpSeconds, reverse: true };
  return { reverseMbps: (await flow(ends, options)).mbps };
}

/** Four at once. */
export async function tcpFour({ ends, effort }: Subject): Promise<Measured> {
  const options = { seconds: effort.tcpSeconds, parallel: 4 };
  return { tcp4Mbps: (await flow(ends, options)).mbps };
}

/** Both directions at once, their sum. */
export async function tcpBoth({ ends, effort }: Subject): Promise<Measured> {
  const options = { seconds: effort.tcpSeconds, bidirectional: true };
  const { mbps, reverseMbps } = await flow(ends, options);
  return { bothMbps: mbps + (reverseMbps ?? 0) };
}

/** Echoes with nothing else going on, through the tunnel and beside it. */
export async function idle({ ends: [left, right], site, effort }: Subject): Promise<Measured> {
  const through = await roundTrips(left.machine, right.address, effort.idleEchoes, idleInterval);
  const beside = await roundTrips(site.left, site.lan.port(site.right).ipv4, effort.idleEchoes, idleInterval);
  return { idleRttMs: through.median, idleAddedMs: through.median - beside.median };
}

/** Echoes while one TCP stream takes all it can get. */
export async function loaded({ ends: [left, right], effort }: Subject): Promise<Measured> {
  const rampUp = 0.4;
  const seconds = effort.tcpSeconds + 2 * rampUp;
  const [, times] = await Promise.all([
    stream(left.machine, right.machine, right.address, { seconds }),
    sleep(1000 * rampUp + 300).then(() =>
      roundTrips(left.machine, right.address, Math.round((effort.tcpSeconds - 0.3) / loadedInterval), loadedInterval),
    ),
  ]);
  return {
    loadedRttAvgMs: times.avg,
    loadedRttP99Ms: times.p99,
    loadedRttMaxMs: times.max,
    loadedLostPct: times.lostPct,
  };
}

/** What arrives of twice what wireguard-go carries without loss. */
export async function udp({ ends: [left, right], effort }: Subject): Promise<Measured> {
  const { udpRates, udpSeconds: seconds } = effort;
  if (udpRates === null) throw new Error('there is no rate to offer');
  const large = { size: 1200, rate: udpRates[1200], seconds };
  const small = { size: 64, rate: udpRates[64], seconds };
  const udp1200 = await offer(left.machine, right.machine, right.address, large);
  const udp64 = await offer(left.machine, right.machine, right.address, small);
  return { udp1200Mbps: udp1200.mbps, udp64Mbps: udp64.mbps };
}

/** Resident memory of the larger end. */
export async function memory({ ends }: Subject): Promise<Measured> {
  const used = await Promise.all(ends.map(({ pids }: End) => residentMB(pids)));
  return ends.some(({ pids }) => pids.length > 0) ? { memoryMB: Math.max(...used) } : {};
}

/** @throws Error where not a byte arrived: that is a tunnel that has failed, not a slow one. */
async function flow([left, right]: Subject['ends'], options: StreamOptions): Promise<StreamResult> {
  const result = await stream(left.machine, right.machine, right.address, options);
  if (result.mbps === 0) throw new Error('nothing arrived');
  return result;
}
