/** UDP and raw sockets with options that Node does not have, and what arrives at a socket. */
import type { Machine } from './machine.js';
import type { Process } from './process.js';
import { eventually, sleep } from './wait.js';

/** An option of a socket: level and name by their numbers on Linux, and its value as it is in memory. */
export interface SocketOption {
  level: number;
  name: number;
  value: Buffer;
}

/** One socket's datagrams, each sent by itself. */
export interface Batch {
  /** `raw`: each is a whole IP packet. */
  kind: 'raw' | 'udp';
  to: string;
  options?: readonly SocketOption[];
  contents: readonly Buffer[];
}

const port = 7009;

/** A whole number as socket options have it. */
export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** Sends batches in order, slowly enough that no queue on the way is ever full. Needs perl. */
export async function send(machine: Machine, batches: readonly Batch[]): Promise<void> {
  const lines = batches.map(({ kind, to, options = [], contents }) => {
    const words = options.map(({ level, name, value }) => `${level}:${name}:${value.toString('hex')}`);
    return `${kind} ${to} ${words.join(',')};${contents.map((content) => content.toString('hex')).join(',')}\n`;
  });
  await machine.must(['perl', '-e', sender], { input: lines.join('') });
}

/** `kind address [level:name:hex,…];hex,hex,…` a line. An empty content is a datagram, too. */
const sender = `
  use Socket qw(:all);
  my $sent = 0;
  while (<STDIN>) {
    chomp;
    my ($head, $contents) = split /;/, $_, 2;
    my ($kind, $to, $options) = split / /, $head;
    my $six = $to =~ /:/;
    my $port = $kind eq 'raw' ? 0 : ${port};
    my $address = $six ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $to)) : pack_sockaddr_in($port, inet_aton($to));
    my ($type, $protocol) = $kind eq 'raw' ? (SOCK_RAW, 255) : (SOCK_DGRAM, 0);
    socket(my $socket, $six ? AF_INET6 : AF_INET, $type, $protocol) or die "socket: $!";
    for (split /,/, $options // '') {
      my ($level, $name, $value) = split /:/;
      setsockopt($socket, $level, $name, pack('H*', $value)) or die "option $level $name: $!";
    }
    for my $content (split /,/, $contents, -1) {
      defined send($socket, pack('H*', $content), 0, $address) or die "send to $to: $!";
      # 2 MB a second, in portions.
      next if ($sent += 40 + length($content) / 2) < 8000;
      select(undef, undef, undef, $sent / 2_000_000);
      $sent = 0;
    }
  }`;

/** What arrives at UDP port 7009 of either family: for each datagram its family, length and digest. */
export class Sink {
  private constructor(private readonly process: Process) {}

  static async start(machine: Machine): Promise<Sink> {
    const process = await machine.start([globalThis.process.execPath, '-e', sink]);
    await eventually('a UDP socket', 5_000, async () => (await process.output()).includes('listening'));
    return new Sink(process);
  }

  /** Waits for that many, and a moment for more than there should be; returns them in an order that is always the same. */
  async stop(count: number, limitMs = 3_000): Promise<string[]> {
    const lines = async (): Promise<string[]> =>
      (await this.process.output()).split('\n').filter((line) => /^[46]/.test(line));
    await eventually(`${count} datagrams`, limitMs, async () => (await lines()).length >= count).catch(() => false);
    await sleep(200);
    await this.process.stop();
    return (await lines()).sort();
  }
}

const sink = `
  const { createHash } = require('node:crypto');
  let bound = 0;
  for (const family of [4, 6]) {
    const socket = require('node:dgram').createSocket({ type: 'udp' + family, ipv6Only: family === 6, recvBufferSize: 8 << 20 });
    socket.on('message', (content) => {
      console.log(family, content.length, createHash('sha256').update(content).digest('hex').slice(0, 16));
    });
    socket.bind(${port}, () => { if (++bound === 2) console.log('listening'); });
  }`;
