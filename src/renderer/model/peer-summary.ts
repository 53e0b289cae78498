/** The headline while the tunnel is up: who is there. */
import type { PeerStatus } from '../../shared/status.js';

/**
 * @param online whether the device is on any network.
 * @returns title, detail and tone; "connected" is said only of peers that are.
 */
export function peerSummary(
  peers: readonly PeerStatus[],
  online: boolean,
): { tone: 'on' | 'calm'; title: string; detail: string } {
  const connected = peers.filter(({ state }) => state === 'connected');
  if (connected.length > 0) return { tone: 'on', title: 'Connected', detail: pathCounts(connected) };
  if (!online) return { tone: 'calm', title: 'You’re offline', detail: 'We’ll reconnect automatically.' };
  return { tone: 'on', title: 'On', detail: nobody(peers) };
}

function pathCounts(connected: readonly PeerStatus[]): string {
  const relayed = connected.filter(({ path }) => path?.kind === 'relay').length;
  const direct = connected.length - relayed;
  const people = connected.length === 1 ? '1 peer' : `${connected.length} peers`;
  if (relayed === 0) return `${people}, ${direct === 1 ? 'direct' : 'all direct'}.`;
  if (direct === 0) return `${people}, through a relay. Still encrypted, may be slower.`;
  return `${people}: ${direct} direct, ${relayed} through a relay.`;
}

function nobody(peers: readonly PeerStatus[]): string {
  const wanted = peers.filter(({ state }) => state !== 'blocked');
  if (wanted.length === 0) return 'Ready. Add somebody to connect to.';
  if (wanted.some(({ state }) => state === 'connecting')) return 'Looking for your peers.';
  if (wanted.every(({ state }) => state === 'waiting-for-them')) return 'Waiting to be added by the other side.';
  if (wanted.every(({ state }) => state === 'paused')) return 'Your peers turned theirs off.';
  return 'No peer is there right now. We’ll connect when one is.';
}
