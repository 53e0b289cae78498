/**
 * Overlay addresses, derived from the node ID alone (docs/protocol.md, "Addresses"): the same key has the
 * same addresses on every machine, in rayfish too. The text form of the ID is hashed, not the key's bytes.
 */
import { blake3 } from '@noble/hashes/blake3.js';

export interface OverlayAddresses {
  /** Dotted, in 100.64.0.0/10. */
  ipv4: string;
  /** RFC 5952 form, in 200::/7. */
  ipv6: string;
}

/** In 100.64.0.0/10 but never a peer's: kept for name service. */
export const reservedIpv4 = '100.100.100.53';

/** @param id node ID, 64 lowercase hex characters. */
export function overlayAddresses(id: string): OverlayAddresses {
  return { ipv4: overlayIpv4(id), ipv6: overlayIpv6(id) };
}

/** Whether a textual address lies in one of the overlay's ranges, 100.64.0.0/10 and 200::/7. */
export function isOverlayAddress(address: string): boolean {
  const [first = '', second = ''] = address.split('.');
  if (second !== '') return first === '100' && (Number(second) & 0xc0) === 64;
  const group = address.split(':')[0] ?? '';
  return group !== '' && (Number.parseInt(group, 16) & 0xfe00) === 0x0200;
}

function overlayIpv4(id: string): string {
  const networkStart = 0x64400000; // 100.64.0.0
  for (let index = 0; ; index++) {
    const host = fnv1a32(index === 0 ? id : `${id}${index}`) & 0x3fffff;
    // 100.64.0.0 is the network itself and 100.64.0.1 the device's destination.
    const address = dotted(networkStart + (host < 2 ? host + 2 : host));
    if (address !== reservedIpv4) return address;
  }
}

function overlayIpv6(id: string): string {
  const digest = blake3(new TextEncoder().encode(id)).subarray(0, 15);
  const bytes = [0x02, ...digest];
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  // A URL's host is written the one way systems report addresses (RFC 5952).
  return new URL(`http://[${(hex.match(/.{4}/g) ?? []).join(':')}]/`).hostname.slice(1, -1);
}

/** http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

function dotted(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
}
