/** IP packets made by hand, for peers that send what no kernel would and for traffic that is compared byte by byte. */

const icmpEcho = 8;
const icmpv6Echo = 128;
const hopLimit = 64;

/** Numbers of IP's protocols and of IPv6's extension headers. */
export const protocol = {
  hopByHop: 0,
  icmp: 1,
  tcp: 6,
  udp: 17,
  fragment: 44,
  icmpv6: 58,
  destinationOptions: 60,
  sctp: 132,
  experiment: 253,
} as const;

export interface Ends {
  source: string;
  destination: string;
}

export interface IpFields {
  /** What follows the IP header, without its extension headers. */
  protocol: number;
  payload: Buffer;
  /** IPv4 options, a multiple of 4 bytes. */
  options?: Buffer;
  /** The 16 bits of IPv4's flags and fragment offset; don't-fragment by default. */
  fragmentation?: number;
  /** IPv4's identification. */
  id?: number;
  hopLimit?: number;
  /** Traffic class: DSCP and ECN. */
  trafficClass?: number;
}

/** An IP packet of the addresses' family. */
export function ip(ends: Ends, fields: IpFields): Buffer {
  return ends.source.includes(':') ? ipv6(ends, fields) : ipv4(ends, fields);
}

function ipv4({ source, destination }: Ends, fields: IpFields): Buffer {
  const { options = Buffer.alloc(0), fragmentation = 0x4000, id = 0x5246, payload } = fields;
  const header = Buffer.alloc(20 + options.length);
  header[0] = 0x40 | (header.length / 4);
  header[1] = fields.trafficClass ?? 0;
  header.writeUInt16BE(header.length + payload.length, 2);
  header.writeUInt16BE(id, 4);
  header.writeUInt16BE(fragmentation, 6);
  header[8] = fields.hopLimit ?? hopLimit;
  header[9] = fields.protocol;
  ipv4Bytes(source).copy(header, 12);
  ipv4Bytes(destination).copy(header, 16);
  options.copy(header, 20);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, payload]);
}

function ipv6({ source, destination }: Ends, fields: IpFields): Buffer {
  const header = Buffer.alloc(40);
  header.writeUInt32BE((6 << 28) | ((fields.trafficClass ?? 0) << 20), 0);
  header.writeUInt16BE(fields.payload.length, 4);
  header[6] = fields.protocol;
  header[7] = fields.hopLimit ?? hopLimit;
  ipv6Bytes(source).copy(header, 8);
  ipv6Bytes(destination).copy(header, 24);
  return Buffer.concat([header, fields.payload]);
}

/** An ICMP echo request, checksums right. Answering it is proof that the kernel saw it. */
export function echoRequest(source: string, destination: string): Buffer {
  return ip({ source, destination }, icmpEchoOf({ source, destination }, Buffer.from('rayfish')));
}

/** An echo request with that content, of the ICMP that belongs to the addresses' family. */
export function icmpEchoOf(ends: Ends, content: Buffer): { protocol: number; payload: Buffer } {
  const isV6 = ends.source.includes(':');
  const payload = Buffer.concat([Buffer.from([isV6 ? icmpv6Echo : icmpEcho, 0, 0, 0, 0x52, 0x46, 0, 1]), content]);
  const pseudo = isV6 ? pseudoHeader(ends, protocol.icmpv6, payload.length) : Buffer.alloc(0);
  payload.writeUInt16BE(checksum(Buffer.concat([pseudo, payload])), 2);
  return { protocol: isV6 ? protocol.icmpv6 : protocol.icmp, payload };
}

export interface UdpFields {
  sourcePort?: number;
  destinationPort?: number;
  /** What its length field says, where that is not its length. */
  length?: number;
  content?: Buffer;
}

/** A UDP datagram with its checksum. */
export function udp(ends: Ends, fields: UdpFields = {}): Buffer {
  const { sourcePort = 7, destinationPort = 9, content = Buffer.alloc(0) } = fields;
  const header = Buffer.alloc(8);
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt16BE(fields.length ?? 8 + content.length, 4);
  return summed(ends, protocol.udp, Buffer.concat([header, content]));
}

export interface TcpFields {
  sequence?: number;
  flags?: number;
  urgent?: number;
  /** Its options, a multiple of 4 bytes. */
  options?: Buffer;
  /** Its header's length in words, where that is not its length. */
  words?: number;
  content?: Buffer;
}

/** A TCP segment with its checksum. */
export function tcp(ends: Ends, fields: TcpFields = {}): Buffer {
  const { options = Buffer.alloc(0), content = Buffer.alloc(0) } = fields;
  const header = Buffer.alloc(20);
  header.writeUInt16BE(7, 0);
  header.writeUInt16BE(9, 2);
  header.writeUInt32BE(fields.sequence ?? 1, 4);
  header.writeUInt32BE(1, 8);
  header[12] = (fields.words ?? 5 + options.length / 4) << 4;
  header[13] = fields.flags ?? 0x10;
  header.writeUInt16BE(0x1000, 14);
  header.writeUInt16BE(fields.urgent ?? 0, 18);
  return summed(ends, protocol.tcp, Buffer.concat([header, options, content]));
}

/** Where the checksum of TCP or UDP is in its header. */
export const checksumAt: Readonly<Record<number, number>> = { [protocol.tcp]: 16, [protocol.udp]: 6 };

/** The same transport header and content with its checksum filled in. */
function summed(ends: Ends, number: number, transport: Buffer): Buffer {
  const at = checksumAt[number] ?? 0;
  transport.writeUInt16BE(0, at);
  const sum = checksum(Buffer.concat([pseudoHeader(ends, number, transport.length), transport]));
  transport.writeUInt16BE(sum === 0 && number === protocol.udp ? 0xffff : sum, at);
  return transport;
}

/** The sum of the pseudo-header, which is what the kernel holds in a checksum field that is not filled in yet. */
export function pseudoSum(ends: Ends, number: number, length: number): number {
  return ~checksum(pseudoHeader(ends, number, length)) & 0xffff;
}

function pseudoHeader({ source, destination }: Ends, number: number, length: number): Buffer {
  const rest = Buffer.alloc(8);
  rest.writeUInt32BE(length, 0);
  rest[7] = number;
  const bytes = source.includes(':') ? ipv6Bytes : ipv4Bytes;
  return Buffer.concat([bytes(source), bytes(destination), rest]);
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function ipv6Bytes(address: string): Buffer {
  const [head = '', tail] = address.split('::');
  const words = (text: string): number[] => (text === '' ? [] : text.split(':').map((word) => parseInt(word, 16)));
  const front = words(head);
  const back = tail === undefined ? [] : words(tail);
  const bytes = Buffer.alloc(16);
  front.forEach((word, index) => bytes.writeUInt16BE(word, index * 2));
  back.forEach((word, index) => bytes.writeUInt16BE(word, 16 - (back.length - index) * 2));
  return bytes;
}
