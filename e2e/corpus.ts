/** One of every kind of traffic, for comparing what different ways make of it. */
import { icmpEchoOf, ip, protocol, tcp, udp, type Ends, type IpFields } from './packet.js';
import type { Scale } from './scenario.js';
import { int, type Batch, type SocketOption } from './sockets.js';

const bytes = (...values: number[]): Buffer => Buffer.from(values);

/** Bytes that differ from their neighbours. */
function filling(length: number, seed = length): Buffer {
  return Buffer.from(Array.from({ length }, (_none, at) => (at * 7 + seed * 31 + (at >> 8)) & 0xff));
}

/** Whole packets as no socket makes them, each to be sent and seen byte by byte as it is. No two could be merged. */
export function craftedPackets(ends: Ends): Buffer[] {
  const isV6 = ends.source.includes(':');
  const largest = 1280 - (isV6 ? 40 : 20);
  const transports: IpFields[] = [
    ...[0, 1, 55, 56, 1000, largest - 9, largest - 8].map((size) => icmpEchoOf(ends, filling(size))),
    ...[0, 1, 2, 3, 1231, largest - 8].map((size) => ({
      protocol: protocol.udp,
      payload: udp(ends, { content: filling(size) }),
    })),
    ...tcpSegments(ends).map((payload) => ({ protocol: protocol.tcp, payload })),
    // Not filled in, and wrong: the receiver's kernel decides about that, not the way there.
    { protocol: protocol.udp, payload: withChecksum(udp(ends, { content: filling(40) }), 6, 0) },
    { protocol: protocol.udp, payload: withChecksum(udp(ends, { content: filling(41) }), 6, 0xdead) },
    { protocol: protocol.tcp, payload: withChecksum(tcp(ends, { content: filling(42) }), 16, 0xdead) },
    { protocol: protocol.udp, payload: udp(ends, { length: 12, content: filling(43) }) },
    { protocol: protocol.sctp, payload: filling(64) },
    { protocol: protocol.experiment, payload: filling(largest) },
    { protocol: protocol.experiment, payload: Buffer.alloc(0) },
  ];
  const content = udp(ends, { content: filling(1201) });
  const marked = [0x01, 0x02, 0x03, 0xb8, 0xff].map((trafficClass) => ({ trafficClass, ...udpOf(ends, trafficClass) }));
  const aged = [1, 2, 63, 255].map((hopLimit) => ({ hopLimit, ...udpOf(ends, hopLimit) }));
  const ofFamily = isV6 ? extended(ends, content) : oldFashioned(ends, content);
  return [...transports, ...marked, ...aged, ...ofFamily].map((fields) => ip(ends, fields));
}

/** Options as in a handshake, timestamps, selective acknowledgements; every flag by itself, and all. */
function tcpSegments(ends: Ends): Buffer[] {
  const handshake = bytes(2, 4, 4, 216, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 1, 3, 3, 7);
  const timestamps = bytes(1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8);
  const selective = Buffer.concat([bytes(1, 1, 5, 34), filling(32)]);
  return [
    tcp(ends, { flags: 0x02, options: handshake }),
    tcp(ends, { flags: 0x10, options: timestamps, content: filling(1188) }),
    tcp(ends, { flags: 0x10, options: selective }),
    tcp(ends, { flags: 0x10, options: filling(40, 1), content: filling(77) }),
    tcp(ends, { flags: 0x38, urgent: 5, content: filling(9) }),
    ...[0x00, 0x01, 0x02, 0x04, 0x08, 0x20, 0x40, 0x80, 0xff].map((flags) =>
      tcp(ends, { flags, content: filling(flags % 5) }),
    ),
  ];
}

function udpOf(ends: Ends, number: number): { protocol: number; payload: Buffer } {
  return { protocol: protocol.udp, payload: udp(ends, { destinationPort: number, content: filling(33) }) };
}

/** IPv4: options, fragments in and out of order, packets that may be fragmented. */
function oldFashioned(ends: Ends, datagram: Buffer): IpFields[] {
  const recordRoute = Buffer.concat([bytes(7, 39, 4), Buffer.alloc(37)]);
  const udpAndOptions = (options: Buffer): IpFields => ({ options, ...udpOf(ends, options.length) });
  const piece = (from: number, to: number, more: boolean): IpFields => ({
    protocol: protocol.udp,
    fragmentation: (more ? 0x2000 : 0) | (from / 8),
    id: 0x7777,
    payload: datagram.subarray(from, to),
  });
  return [
    udpAndOptions(bytes(1, 1, 1, 0)),
    udpAndOptions(recordRoute),
    { options: bytes(1, 1, 1, 1), protocol: protocol.tcp, payload: tcp(ends, { content: filling(99) }) },
    piece(600, datagram.length, false),
    piece(0, 600, true),
    piece(8, 16, true),
    { fragmentation: 0, id: 1, ...udpOf(ends, 1) },
    { fragmentation: 0xc000, id: 2, ...udpOf(ends, 2) },
  ];
}

/** IPv6: extension headers one by one and in a chain, fragments. */
function extended(ends: Ends, datagram: Buffer): IpFields[] {
  const padding = bytes(1, 4, 0, 0, 0, 0);
  const header = (next: number, ...rest: Buffer[]): Buffer => Buffer.concat([bytes(next, 0), ...rest]);
  const udpBehind = (...headers: Buffer[]): Buffer => Buffer.concat([...headers, udp(ends, { content: filling(50) })]);
  const fragment = (from: number, to: number, more: boolean): IpFields => ({
    protocol: protocol.fragment,
    payload: Buffer.concat([
      bytes(protocol.udp, 0, from >> 8, (from & 0xf8) | (more ? 1 : 0), 0, 0, 0, 7),
      datagram.subarray(from, to),
    ]),
  });
  return [
    { protocol: protocol.hopByHop, payload: udpBehind(header(protocol.udp, padding)) },
    { protocol: protocol.destinationOptions, payload: udpBehind(header(protocol.udp, padding)) },
    {
      protocol: protocol.hopByHop,
      payload: udpBehind(header(protocol.destinationOptions, padding), header(protocol.udp, padding)),
    },
    fragment(600, datagram.length, false),
    fragment(0, 600, true),
    // Whole, and yet with a fragment header.
    fragment(0, datagram.length, false),
  ];
}

function withChecksum(transport: Buffer, at: number, checksum: number): Buffer {
  transport.writeUInt16BE(checksum, at);
  return transport;
}

// Levels and names of socket options (linux/in.h, linux/in6.h, linux/udp.h, asm-generic/socket.h).
const ipOptions: SocketOption = { level: 0, name: 4, value: bytes(1, 1, 1, 1, 1, 1, 1, 0) };
const mayFragment = { 4: { level: 0, name: 10, value: int(0) }, 6: { level: 41, name: 23, value: int(0) } };
const extensionHeader = bytes(0, 0, 1, 4, 0, 0, 0, 0);
const hopByHop: SocketOption = { level: 41, name: 54, value: extensionHeader };
const destinationOptions: SocketOption = { level: 41, name: 59, value: extensionHeader };
const noChecksum: SocketOption = { level: 1, name: 11, value: int(1) };
const segments = (size: number): SocketOption => ({ level: 17, name: 103, value: int(size) });

/** What sockets can send by UDP: every size (some, in short), datagrams the kernel is to segment or fragment, with options and headers. */
export function datagrams(to: string, scale: Scale): Batch[] {
  const isV6 = to.includes(':');
  const batch = (contents: readonly Buffer[], ...options: SocketOption[]): Batch => ({
    kind: 'udp',
    to,
    contents,
    options,
  });
  const all = Array.from({ length: 1233 }, (_none, size) => size);
  const sizes = scale === 'long' ? all : all.filter((size) => size < 40 || size % 7 === 0 || size > 1225);
  const some = [filling(0), filling(1), filling(500), filling(500, 1), filling(500, 2), filling(77)];
  const batches = [
    // Twice each: what follows is as long or shorter, so that it could be merged.
    batch([...sizes].reverse().flatMap((size) => [filling(size), filling(size, 5)])),
    batch([filling(64)], segments(1)),
    batch([filling(20_500), filling(61_600)], segments(1000)),
    batch([filling(61_600)], segments(1232)),
    batch([filling(50 * 1199 + 1)], segments(1199)),
    batch([filling(3000), filling(20_000)], mayFragment[isV6 ? 6 : 4]),
  ];
  if (isV6)
    return [
      ...batches,
      batch(some, hopByHop),
      batch(some, destinationOptions),
      batch(some, hopByHop, destinationOptions),
    ];
  return [...batches, batch(some, ipOptions), batch(some, noChecksum)];
}
