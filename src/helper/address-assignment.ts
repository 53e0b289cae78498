/** Which overlay addresses belong to whom, collisions of the 22-bit IPv4 settled. */
import { overlayAddresses } from '../shared/overlay-address.js';

export interface AssignedAddresses {
  /** Null where somebody with an older right has the same address. */
  ipv4: string | null;
  ipv6: string;
}

/**
 * Our own address always wins, then that of the peer known longer (an IPv4 can be ground out on purpose).
 * @param ownId our node ID.
 * @param peerIds node IDs of the peers, known longest first.
 */
export function assignAddresses(ownId: string, peerIds: readonly string[]): Map<string, AssignedAddresses> {
  const taken = new Set([overlayAddresses(ownId).ipv4]);
  const assigned = new Map<string, AssignedAddresses>();
  for (const id of peerIds) {
    const { ipv4, ipv6 } = overlayAddresses(id);
    assigned.set(id, { ipv4: taken.has(ipv4) ? null : ipv4, ipv6 });
    taken.add(ipv4);
  }
  return assigned;
}
