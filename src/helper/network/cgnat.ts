/** Foreign use of the overlay's ranges, 100.64.0.0/10 and 200::/7, and the words for it. */
import { Failure } from '../../shared/errors.js';
import type { Warning } from '../../shared/status.js';
import type { Host, HostInterface } from './host.js';
import { covers, parsePrefix, type Prefix } from './prefix.js';

export const overlayRange4 = '100.64.0.0/10';
export const overlayRange6 = '200::/7';

export interface Conflict {
  interface: string;
  /** The address, or the route's destination where there is only a route. */
  address: string;
}

const range4 = parsed(overlayRange4);
const range6 = parsed(overlayRange6);

/** Whether a text is an address in 100.64.0.0/10 (RFC 6598). */
export function isCgnat(address: string): boolean {
  return within(range4, address);
}

/** Whether a text is an address in 200::/7. */
export function isOverlayIpv6(address: string): boolean {
  return within(range6, address);
}

/**
 * Foreign interfaces with an address or route in 100.64.0.0/10, one entry each. Never route or filter another
 * program's part of that range: the answer to any of these is to run IPv6-only.
 * @param ownTun our device's name, or null while there is none.
 */
export function findCgnatConflicts(host: Host, ownTun: string | null): Conflict[] {
  return findConflicts(host, ownTun, (prefix) => covers(range4, prefix));
}

/**
 * Foreign interfaces that hold 200::/7 or a large part of it (Yggdrasil). A single address or a LAN's /64 in the
 * range takes nothing from us: the longer prefix wins there, and rightly.
 */
export function findOverlayIpv6Conflicts(host: Host, ownTun: string | null): Conflict[] {
  return findConflicts(host, ownTun, (prefix) => covers(range6, prefix) && prefix.length < 64);
}

/** While running IPv6-only because of the conflict. */
export function cgnatWarning(conflict: Conflict): Warning {
  const message = `${inUse(conflict, '100.x')} We’re using IPv6 only; both work.`;
  return { code: 'cgnat-conflict', message, ...conflict, sticky: false };
}

/** When the owner wants no IPv6-only (`ipv6-only off`). */
export function cgnatFailure(conflict: Conflict): Failure {
  return new Failure(
    'cgnat-conflict',
    `Rayfish is not running: ${inUse(conflict, '100.x')} Turn that off, or set ipv6-only to auto and use both.`,
  );
}

/** While peers have a route each because 200::/7 is another's. */
export function overlayIpv6Warning(conflict: Conflict): Warning {
  const message = `${inUse(conflict, '200::/7')} We route only your peers’ addresses; both work.`;
  return { code: 'overlay-ipv6-conflict', message, ...conflict, sticky: false };
}

function findConflicts(host: Host, ownTun: string | null, matters: (prefix: Prefix) => boolean): Conflict[] {
  const own = host.interfaces.find((candidate) => candidate.name === ownTun);
  const found = new Map<string, Conflict>();
  const note = (name: string, text: string, address: string): void => {
    const prefix = parsePrefix(text);
    if (prefix !== null && matters(prefix) && !found.has(name)) found.set(name, { interface: name, address });
  };
  const foreign = host.interfaces.filter((candidate) => candidate.name !== ownTun && !yields(candidate, own));
  for (const { name, addresses } of foreign) {
    for (const { address, length, hostOnly } of addresses) {
      // An address's own length says what is routed there only in IPv6; in IPv4 any address counts.
      if (!hostOnly) note(name, address.includes(':') ? `${address}/${length}` : address, address);
    }
  }
  for (const route of host.routes) {
    if (foreign.some(({ name }) => name === route.interface)) {
      note(route.interface, route.destination, route.destination);
    }
  }
  return [...found.values()];
}

/** Of two helpers of ours on one host the one with the older device keeps the ranges; both know which it is. */
function yields(other: HostInterface, own: HostInterface | undefined): boolean {
  return other.sibling && own !== undefined && other.index > own.index;
}

function inUse(conflict: Conflict, range: string): string {
  const where = `${conflict.interface}, ${conflict.address}`;
  const owner = owners.find(([pattern]) => pattern.test(conflict.interface))?.[1];
  return `${owner ?? 'Another network'} (${where}) is using the ${range} range.`;
}

const owners: [RegExp, string][] = [
  [/^tailscale/, 'Tailscale'],
  [/^(wt|netbird)/, 'NetBird'],
  [/^zt/, 'ZeroTier'],
  [/^(ygg|yggdrasil)/, 'Yggdrasil'],
  [/^CloudflareWARP/, 'Cloudflare WARP'],
];

function within(range: Prefix, address: string): boolean {
  const prefix = parsePrefix(address);
  return prefix !== null && !address.includes('/') && covers(range, prefix);
}

function parsed(text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === null) throw new Error(`${text} is no prefix`);
  return prefix;
}
