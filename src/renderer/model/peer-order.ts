/** Which peers are shown and in which order: those that are there first, then by name. */
import type { PeerState, PeerStatus } from '../../shared/status.js';
import { displayName } from './display-name.js';

const rank: Record<PeerState, number> = {
  connected: 0,
  paused: 1,
  connecting: 1,
  'waiting-for-them': 1,
  idle: 2,
  offline: 2,
  blocked: 3,
};

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** @param search part of a name, an ID or an address; upper case and spaces around it do no harm. */
export function orderedPeers(peers: readonly PeerStatus[], search: string): PeerStatus[] {
  const wanted = search.trim().toLowerCase();
  return peers
    .filter((peer) => wanted === '' || matches(peer, wanted))
    .map((peer) => ({ peer, name: displayName(peer) }))
    .sort((a, b) => rank[a.peer.state] - rank[b.peer.state] || collator.compare(a.name, b.name))
    .map(({ peer }) => peer);
}

function matches(peer: PeerStatus, wanted: string): boolean {
  const fields = [peer.name, peer.claimedName ?? '', peer.id, peer.ipv4 ?? '', peer.ipv6];
  return fields.some((field) => field.toLowerCase().includes(wanted));
}
