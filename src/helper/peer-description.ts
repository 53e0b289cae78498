/** One peer as clients see it, put together from what is stored and what is so now. */
import type { Path, PeerState, PeerStatus } from '../shared/status.js';
import type { AssignedAddresses } from './address-assignment.js';
import type { DialView } from './dialer.js';
import type { Hint } from './hints.js';
import type { Live } from './mesh.js';
import type { DialResult, PeerStats } from './native.js';
import type { PeerRecord } from './peer-store.js';

export interface PeerFacts {
  name: string;
  hint: Hint;
  assigned: AssignedAddresses;
  /** Null while not connected. */
  live: Live | null;
  /** Null while nobody is dialled. */
  dial: DialView | null;
  stats: PeerStats | null;
}

export function describePeer(record: PeerRecord, facts: PeerFacts): PeerStatus {
  const { hint, assigned, live, dial, stats } = facts;
  const failure = live === null && !record.blocked ? dial?.failure : null;
  return {
    id: record.id,
    name: facts.name,
    named: record.name !== null,
    claimedName: hint.claimedName,
    state: stateOf(record, live, dial),
    ...assigned,
    allow: record.allow,
    path: live === null ? null : pathOf(stats),
    txBytes: stats?.txBytes ?? 0,
    rxBytes: stats?.rxBytes ?? 0,
    drops: stats?.drops ?? 0,
    lastSeen: live === null ? hint.lastSeen : thisMinute(),
    problem: failure ? inWords(failure) : null,
  };
}

function stateOf({ blocked }: PeerRecord, live: Live | null, dial: DialView | null): PeerState {
  if (blocked) return 'blocked';
  if (live !== null) return live.paused ? 'paused' : 'connected';
  if (dial === null) return 'idle';
  if (dial.failure === null) return 'connecting';
  return dial.failure.outcome === 'not-accepted' ? 'waiting-for-them' : 'offline';
}

function pathOf(stats: PeerStats | null): Path | null {
  if (!stats?.pathKind) return null;
  return {
    kind: stats.pathKind,
    carrier: stats.carrier ?? 'quic',
    carrierReason: carrierReason(stats),
    remote: stats.remote ?? null,
    rttMs: stats.rttMs ?? null,
  };
}

/** Why packets go by this carrier. */
function carrierReason({ whyQuic, cipher }: PeerStats): string {
  switch (whyQuic) {
    case null:
      return `What is sent by the fast path arrives (${cipher ?? ''}).`;
    case 'proving':
      return 'It is being found out whether the fast path works.';
    case 'off':
      return 'The fast path is switched off here.';
    case 'no-port':
      return 'This device cannot share its UDP port with the fast path.';
    case 'unsupported':
      return 'The other device does not offer the fast path.';
    case 'off-there':
      return 'The fast path is switched off at the other device.';
    case 'relayed':
      return 'The fast path needs a direct path.';
    case 'unanswered':
      return 'What is sent by the fast path does not arrive. Perhaps a firewall lets only QUIC through.';
    case 'too-small':
      return 'This path takes packets of less than the fast path needs.';
    case 'refused':
      return 'This device has no way for the fast path, or its firewall refuses it.';
    case 'merged':
      return 'A network card on this path mixes the fast path with QUIC.';
  }
}

/** Whole minutes, so that a connected peer is not news every second. */
function thisMinute(): string {
  return new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString();
}

function inWords({ outcome, detail }: DialResult): string {
  switch (outcome) {
    case 'not-accepted':
      return 'They need to add this device too.';
    case 'timed-out':
      return 'The other device did not answer. Is it on, and online?';
    case 'unreachable':
      return `No way to the other device was found${detail === '' ? '' : ` (${detail})`}.`;
    case 'cancelled':
    case 'connected':
      return 'The attempt to connect was interrupted.';
  }
}
