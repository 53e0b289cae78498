/** IP packets made by hand, for peers that send what no kernel would. */

const icmpEcho = 8;
const icmpv6Echo = 128;
const icmpv6 = 58;
const ttl = 64;

/** An ICMP echo request, checksums right. Answering it is proof that the kernel saw it. */
export function echoRequest(source: string, destination: string): Buffer {
  return source.includes(':') ? echoRequestV6(source, destination) : echoRequestV4(source, destination);
}

function echoRequestV4(source: string, destination: string): Buffer {
  const icmp = Buffer.from([icmpEcho, 0, 0, 0, 0x52, 0x46, 0, 1, ...Buffer.from('rayfish')]);
  icmp.writeUInt16BE(checksum(icmp), 2);
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(header.length + icmp.length, 2);
  header[8] = ttl;
  header[9] = 1;
  ipv4Bytes(source).copy(header, 12);
  ipv4Bytes(destination).copy(header, 16);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, icmp]);
}

function echoRequestV6(source: string, destination: string): Buffer {
  const icmp = Buffer.from([icmpv6Echo, 0, 0, 0, 0x52, 0x46, 0, 1, ...Buffer.from('rayfish')]);
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(icmp.length, 4);
  header[6] = icmpv6;
  header[7] = ttl;
  ipv6Bytes(source).copy(header, 8);
  ipv6Bytes(destination).copy(header, 24);
  const pseudo = Buffer.alloc(8);
  pseudo.writeUInt32BE(icmp.length, 0);
  pseudo[7] = icmpv6;
  icmp.writeUInt16BE(checksum(Buffer.concat([header.subarray(8, 40), pseudo, icmp])), 2);
  return Buffer.concat([header, icmp]);
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
