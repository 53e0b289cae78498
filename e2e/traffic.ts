/** Packets on purpose: echoes, streams and datagrams between machines. */
import { createHash, randomBytes } from 'node:crypto';
import type { Machine } from './machine.js';
import type { Process } from './process.js';
import { eventually } from './wait.js';

export interface PingOptions {
  count?: number;
  /** Seconds between echoes. */
  interval?: number;
  /** Size of the whole IP packet in bytes, don't-fragment set. */
  packetSize?: number;
  /** Source address or interface. */
  from?: string;
  /** Seconds to wait for the last answer. */
  patience?: number;
}

export interface PingResult {
  sent: number;
  received: number;
  lossPct: number;
  /** Average round trip, or null where nothing came back. */
  rttMs: number | null;
}

const ipv4Overhead = 28;
const ipv6Overhead = 48;

/** Sends echoes and counts the answers. */
export async function ping(machine: Machine, address: string, options: PingOptions = {}): Promise<PingResult> {
  const { count = 3, interval = 0.1, patience = 1, packetSize, from } = options;
  const words = ['-n', '-q', '-c', String(count), '-i', String(interval), '-W', String(patience)];
  words.push(...sized(address, packetSize));
  if (from !== undefined) words.push('-I', from);
  const { stdout, stderr } = await machine.run(['ping', ...words, address], { timeoutMs: 60_000 });
  const counts = /(\d+) packets transmitted, (\d+) received/.exec(stdout);
  // Refused before it was sent (too long, no route): ping prints no summary worth the name.
  const sent = Number(counts?.[1] ?? count);
  const received = Number(counts?.[2] ?? 0);
  if (counts === null && stderr === '') throw new Error(`ping printed something else: ${stdout}`);
  const rtt = /= [\d.]+\/([\d.]+)\//.exec(stdout);
  return {
    sent,
    received,
    lossPct: 100 * (1 - received / Math.max(sent, 1)),
    rttMs: rtt === null ? null : Number(rtt[1]),
  };
}

/** Words for `ping` that make its packets so large. */
function sized(address: string, packetSize: number | undefined): string[] {
  if (packetSize === undefined) return [];
  const overhead = address.includes(':') ? ipv6Overhead : ipv4Overhead;
  return ['-M', 'do', '-s', String(packetSize - overhead)];
}

/**
 * Three echoes in a row, at the latest a moment after the host's network has changed: a quarter of a second later iroh
 * binds its sockets anew, and what arrives just then is lost.
 */
export async function reaches(machine: Machine, address: string): Promise<void> {
  await eventually(`three echoes of ${address}`, 3_000, async () => (await ping(machine, address)).received === 3);
}

/** Echoes that go on until they are stopped, each answer with its time. */
export class PingStream {
  private constructor(private readonly process: Process) {}

  /** Starts anew as often as `ping` gives up, as it does at once where there is no route yet. */
  static async start(
    machine: Machine,
    address: string,
    { interval = 0.02, packetSize }: Pick<PingOptions, 'interval' | 'packetSize'> = {},
  ): Promise<PingStream> {
    const once = [`ping -n -D -O -i ${interval}`, ...sized(address, packetSize), address].join(' ');
    const again = `trap 'kill $ping; exit' INT TERM; while :; do ${once} & ping=$!; wait $ping; sleep 0.01; done`;
    return new PingStream(await machine.start(['sh', '-c', again]));
  }

  /** When each answer came, in milliseconds since the epoch, in order. */
  async answers(): Promise<number[]> {
    const lines = await this.process.output();
    return [...lines.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from/gm)].map(([, seconds]) => Number(seconds) * 1000);
  }

  /** When the first answer at or after `since` came. */
  firstAnswer(since: number, limitMs: number): Promise<number> {
    return eventually('an echo', limitMs, async () => (await this.answers()).find((at) => at >= since), 20);
  }

  async stop(): Promise<void> {
    await this.process.stop('SIGINT');
  }
}

export interface StreamOptions {
  seconds?: number;
  /** Both directions at once. */
  bidirectional?: boolean;
  /** The other way round: `to` sends. */
  reverse?: boolean;
  /** How many streams at once. */
  parallel?: number;
  /** Offered rate of a UDP stream (`2M`); without it the stream is TCP. */
  udpRate?: string;
}

export interface StreamResult {
  mbps: number;
  /** What arrived, in both directions together. */
  bytes: number;
  /** The other direction, where both were asked for. */
  reverseMbps: number | null;
  lossPct: number;
  /** The longest time that nothing moved, in either direction; measured in tenths of a second. */
  longestStallMs: number;
  /** TCP segments sent again, in both directions together. */
  retransmits: number;
}

interface IperfSum {
  bytes: number;
  bits_per_second: number;
  lost_percent?: number;
  retransmits?: number;
}

interface IperfReport {
  error?: string;
  intervals?: { sum?: IperfSum; sum_bidir_reverse?: IperfSum }[];
  end?: {
    sum?: IperfSum;
    sum_sent?: IperfSum;
    sum_sent_bidir_reverse?: IperfSum;
    sum_received?: IperfSum;
    sum_received_bidir_reverse?: IperfSum;
  };
}

const iperfPort = '5201';
const iperfInterval = 0.1;

/** A stream from one machine to an address of the other, measured by iperf3. */
export async function stream(
  from: Machine,
  to: Machine,
  address: string,
  { seconds = 2, bidirectional = false, reverse = false, parallel = 1, udpRate }: StreamOptions = {},
): Promise<StreamResult> {
  const server = await to.start(['iperf3', '-s', '-1', '-p', iperfPort, '--forceflush']);
  await eventually('iperf3 listening', 5_000, async () => (await server.output()).includes('Server listening'));
  const words = ['-J', '-i', String(iperfInterval), '-c', address, '-p', iperfPort, '-t', String(seconds)];
  words.push('--connect-timeout', '5000');
  if (bidirectional) words.push('--bidir');
  if (reverse) words.push('-R');
  if (parallel > 1) words.push('-P', String(parallel));
  if (udpRate !== undefined) words.push('-u', '-b', udpRate, '-l', '1000');
  const { code, stdout } = await from.run(['iperf3', ...words], { timeoutMs: (seconds + 20) * 1000 });
  await server.stop();
  if (stdout === '') throw new Error(`iperf3 ended with ${code} and without a report`);
  const report = JSON.parse(stdout) as IperfReport;
  const sum = report.end?.sum_received ?? report.end?.sum;
  if (report.error !== undefined || sum === undefined) throw new Error(`iperf3: ${report.error ?? 'no result'}`);
  const back = report.end?.sum_received_bidir_reverse;
  return {
    mbps: sum.bits_per_second / 1e6,
    bytes: sum.bytes + (back?.bytes ?? 0),
    reverseMbps: back === undefined ? null : back.bits_per_second / 1e6,
    lossPct: report.end?.sum?.lost_percent ?? 0,
    longestStallMs: Math.max(longestStall(report, 'sum'), longestStall(report, 'sum_bidir_reverse')),
    retransmits: (report.end?.sum_sent?.retransmits ?? 0) + (report.end?.sum_sent_bidir_reverse?.retransmits ?? 0),
  };
}

function longestStall({ intervals = [] }: IperfReport, direction: 'sum' | 'sum_bidir_reverse'): number {
  let [longest, present] = [0, 0];
  for (const interval of intervals) {
    present = interval[direction]?.bytes === 0 ? present + iperfInterval * 1000 : 0;
    longest = Math.max(longest, present);
  }
  return longest;
}

/** One TCP stream at full speed that goes on until it is stopped, begun anew as often as it breaks. */
export class Load {
  private constructor(
    private readonly server: Process,
    private readonly client: Process,
  ) {}

  static async start(from: Machine, to: Machine, address: string): Promise<Load> {
    const server = await to.start(['iperf3', '-s', '-p', iperfPort, '--forceflush']);
    await eventually('iperf3 listening', 5_000, async () => (await server.output()).includes('Server listening'));
    const once = `iperf3 -c ${address} -p ${iperfPort} -t 0 --connect-timeout 1000`;
    const again = `trap 'kill $load; exit' INT TERM; while :; do ${once} & load=$!; wait $load; sleep 0.1; done`;
    return new Load(server, await from.start(['sh', '-c', again]));
  }

  async stop(): Promise<void> {
    await this.client.stop();
    await this.server.stop();
  }
}

const tcpPort = '7007';
const sink = `
  const hash = require('node:crypto').createHash('sha256');
  require('node:net').createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (part) => hash.update(part));
    socket.on('end', () => { socket.end(hash.digest('hex')); });
    socket.on('close', () => process.exit());
  }).listen(${tcpPort}, () => console.log('listening'));`;
const source = `
  const socket = require('node:net').connect(${tcpPort}, process.argv[1]);
  process.stdin.pipe(socket).pipe(process.stdout);`;

/** Sends that many random bytes over one TCP connection and returns whether they arrived unchanged. */
export async function transfer(from: Machine, to: Machine, address: string, bytes: number): Promise<boolean> {
  const server = await to.start([process.execPath, '-e', sink]);
  await eventually('a TCP server', 5_000, async () => (await server.output()).includes('listening'));
  // As text, so that it passes through a string unharmed.
  const text = randomBytes(bytes / 2).toString('hex');
  const digest = await from.must([process.execPath, '-e', source, address], { input: text });
  await server.stop();
  return digest === createHash('sha256').update(text).digest('hex');
}
