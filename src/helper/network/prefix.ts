/** Address prefixes as numbers, for range checks on both families. */
import { isIPv4, isIPv6 } from 'node:net';

export interface Prefix {
  family: 4 | 6;
  /** The network address; bits beyond `length` are zero. */
  network: bigint;
  /** Leading bits that count: 0–32 or 0–128. */
  length: number;
}

/** Reads `address` or `address/length` (RFC 4632, RFC 4291); null when it is neither. A zone (`%eth0`) is ignored. */
export function parsePrefix(text: string): Prefix | null {
  const [addressText = '', lengthText, ...rest] = text.split('/');
  const address = addressText.replace(/%.*$/, '');
  const family = isIPv4(address) ? 4 : isIPv6(address) ? 6 : null;
  if (family === null || rest.length > 0) return null;
  const bits = family === 4 ? 32 : 128;
  const length = lengthText === undefined ? bits : Number(lengthText);
  if (!Number.isInteger(length) || length < 0 || length > bits || lengthText === '') return null;
  const host = BigInt(bits - length);
  return { family, network: (numberOf(address, family) >> host) << host, length };
}

/** Whether every address of `inner` lies in `outer`; families never mix. */
export function covers(outer: Prefix, inner: Prefix): boolean {
  if (outer.family !== inner.family || outer.length > inner.length) return false;
  const host = BigInt((outer.family === 4 ? 32 : 128) - outer.length);
  return outer.network >> host === inner.network >> host;
}

/** The network address's number of a text already known to be an address of that family. */
function numberOf(address: string, family: 4 | 6): bigint {
  if (family === 4) return address.split('.').reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
  // A URL's host turns an embedded dotted IPv4 into groups.
  const [head = '', tail] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...zeros, ...after].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
