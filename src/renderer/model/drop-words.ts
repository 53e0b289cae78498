/** Why packets went no further, in words. */
const words: Record<string, string> = {
  truncated: 'Cut short',
  oversized: 'Too large for the tunnel',
  'not-ip': 'Not IP at all',
  'malformed-header': 'Damaged header',
  'foreign-source': 'From an address that is not the sender’s',
  'foreign-destination': 'For an address that is not this device’s',
  'own-destination': 'From this device to itself',
  'unknown-destination': 'For an address nobody you added has',
  'not-overlay': 'Not for Rayfish (multicast, local noise)',
  'peer-not-connected': 'For a peer that is not connected',
  'peer-paused': 'For a peer that turned theirs off',
  'gate-closed': 'While Rayfish was off',
  'endpoint-loop': 'Rayfish’s own traffic, kept out of itself',
  'backlog-full': 'More than the connection could take',
  unsendable: 'Refused by this device’s network',
  'fragment-invalid': 'Damaged fragment',
  'fragment-timeout': 'Fragments that never came',
  'tun-write': 'Not taken by the tunnel device',
  'fast-malformed': 'Damaged, on the fast path',
  'fast-merged': 'Merged into others by this device’s kernel',
  'fast-unknown-session': 'For a session that has ended',
  'fast-foreign-address': 'From a place that is not the peer’s',
  'fast-forged': 'Sealed by nobody you know',
  'fast-replayed': 'Sent a second time',
  'unknown-context': 'Of a kind newer than this version',
};

export interface DropCount {
  reason: string;
  words: string;
  count: number;
}

/** Reasons that happened, most frequent first. */
export function dropCounts(drops: Readonly<Record<string, number>>): DropCount[] {
  return Object.entries(drops)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => ({ reason, words: words[reason] ?? reason, count }))
    .sort((a, b) => b.count - a.count);
}
