/** A peer as a row says it. */
import { ago, milliseconds } from '../../shared/quantities.js';
import type { EngineState, PeerStatus } from '../../shared/status.js';
import { displayName } from './display-name.js';
import type { Tone } from './tone.js';

/** What is so around the peer. */
export interface Surroundings {
  /** The helper answers; otherwise all below is how it was. */
  live: boolean;
  engine: EngineState;
  /** Milliseconds since 1970. */
  now: number;
}

export interface PeerView {
  id: string;
  name: string;
  tone: Tone;
  /** State and path: `Direct · 12 ms`. */
  words: string;
  /** Whether traffic can pass now. */
  passing: boolean;
}

export function peerView(peer: PeerStatus, around: Surroundings): PeerView {
  const { tone, words } = around.live ? stateWords(peer, around) : { tone: 'quiet' as const, words: 'Not known now' };
  const passing = around.live && around.engine === 'up' && peer.state === 'connected';
  return { id: peer.id, name: displayName(peer), tone, words, passing };
}

function stateWords(peer: PeerStatus, { engine, now }: Surroundings): { tone: Tone; words: string } {
  switch (peer.state) {
    case 'connected':
      if (engine !== 'up') return { tone: 'quiet', words: 'Ready when Rayfish is on' };
      return { tone: peer.path?.kind === 'relay' ? 'relayed' : 'good', words: pathWords(peer) };
    case 'paused':
      return { tone: 'paused', words: 'Paused: they turned theirs off' };
    case 'connecting':
      return { tone: 'busy', words: 'Connecting…' };
    case 'waiting-for-them':
      return { tone: 'waiting', words: 'Waiting for them to add you' };
    case 'idle':
      return {
        tone: 'quiet',
        words: peer.lastSeen === null ? 'Not tried yet' : `Idle · seen ${ago(peer.lastSeen, now)}`,
      };
    case 'offline':
      return {
        tone: 'quiet',
        words: peer.lastSeen === null ? 'Offline · never seen' : `Offline · seen ${ago(peer.lastSeen, now)}`,
      };
    case 'blocked':
      return { tone: 'bad', words: 'Blocked' };
  }
}

/** `Direct · 12 ms`, `Relayed · 48 ms`; without a path only that it is connected. */
export function pathWords({ path }: Pick<PeerStatus, 'path'>): string {
  if (path === null) return 'Connected';
  const kind = path.kind === 'direct' ? 'Direct' : 'Relayed';
  return path.rttMs === null ? kind : `${kind} · ${milliseconds(path.rttMs)}`;
}
