/** Sample machines and people of the gallery. */
import { overlayAddresses } from '../../shared/overlay-address.js';
import { isNodeId } from '../../shared/node-id.js';
import type { Path, PeerStatus, Request } from '../../shared/status.js';

/** A valid node ID out of a word: the first of a row of hashes that is a key. */
export function sampleId(seed: string): string {
  let state = Array.from(seed).reduce((hash, character) => (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0, 7);
  const draw = (): string => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8).toString(16).padStart(6, '0');
  };
  for (;;) {
    const id = Array.from({ length: 11 }, draw).join('').slice(0, 64);
    if (isNodeId(id)) return id;
  }
}

export const galleryNow = Date.now();

export function minutesAgo(minutes: number): string {
  return new Date(galleryNow - minutes * 60_000).toISOString();
}

/** @param seed what the ID is made of; the name too, where no other is given. */
export function person(seed: string, changes: Partial<PeerStatus> = {}): PeerStatus {
  const id = sampleId(seed);
  return {
    id,
    name: seed,
    named: true,
    claimedName: seed,
    state: 'offline',
    ...overlayAddresses(id),
    allow: 'everything',
    path: null,
    txBytes: 0,
    rxBytes: 0,
    drops: 0,
    lastSeen: null,
    problem: null,
    ...changes,
  };
}

export function path(kind: Path['kind'], rttMs: number): Path {
  const remote = kind === 'direct' ? '203.0.113.24:45820' : 'https://relay.example.net/';
  const carried =
    kind === 'direct'
      ? ({ carrier: 'fast', carrierReason: 'What is sent by the fast path arrives (aes-128-gcm).' } as const)
      : ({ carrier: 'quic', carrierReason: 'The fast path needs a direct path.' } as const);
  return { kind, ...carried, remote, rttMs };
}

export const bob = person('Bob’s ThinkPad', {
  claimedName: 'thinkpad-bob',
  state: 'connected',
  path: path('direct', 12),
  txBytes: 48_210_000,
  rxBytes: 1_311_000_000,
  lastSeen: minutesAgo(0),
});
export const nas = person('nas-cellar', {
  state: 'connected',
  path: path('direct', 0.8),
  txBytes: 9_100_000_000,
  rxBytes: 322_000_000,
  lastSeen: minutesAgo(0),
});
export const relayed = person('Mira', {
  state: 'connected',
  path: path('relay', 48),
  txBytes: 120_000,
  rxBytes: 310_000,
  lastSeen: minutesAgo(0),
});
export const paused = person('Grandma’s iMac', { state: 'paused', lastSeen: minutesAgo(0) });
export const connecting = person('studio-mini', { state: 'connecting', lastSeen: minutesAgo(14) });
export const waiting = person('Yusuf', { claimedName: null, state: 'waiting-for-them' });
export const offline = person('travel-laptop', {
  state: 'offline',
  lastSeen: minutesAgo(190),
  problem: 'The other device did not answer. Is it on, and online?',
});
export const idle = person('old-server', { state: 'idle', lastSeen: minutesAgo(60 * 24 * 12) });
export const blocked = person('unknown-box', { state: 'blocked' });

export const everybody = [bob, nas, relayed, paused, connecting, waiting, offline, idle, blocked];

export const carla: Request = { id: sampleId('carla'), name: 'carla-desktop', at: minutesAgo(1) };

/** What a hostile machine would like to be called. */
export const hostileName = `</bdi><img src=x onerror=alert(1)>\u202Eexe.yppah\n${'Very long '.repeat(1000)}`;
export const hostile = person('mallory', {
  name: hostileName,
  claimedName: hostileName,
  state: 'offline',
  problem: hostileName.slice(0, 300),
});
export const hostileRequest: Request = { id: sampleId('mallory-2'), name: hostileName, at: minutesAgo(3) };

export function crowd(count: number): PeerStatus[] {
  const rooms = ['lab', 'office', 'build', 'camera', 'rack', 'desk', 'edge', 'van'];
  return Array.from({ length: count }, (_, index) => {
    const there = index % 3 === 0;
    return person(`${rooms[index % rooms.length] ?? ''}-${index + 1}`, {
      state: there ? 'connected' : index % 7 === 0 ? 'paused' : 'offline',
      path: there ? path(index % 4 === 0 ? 'relay' : 'direct', 3 + (index % 60)) : null,
      lastSeen: minutesAgo(index * 3),
    });
  });
}
