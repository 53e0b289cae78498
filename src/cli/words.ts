/** Words that more than one verb says. */
import type { FailureCode } from '../shared/errors.js';
import { milliseconds } from '../shared/quantities.js';
import type { EngineState, Path, PeerState, PeerStatus, Request } from '../shared/status.js';
import { printable } from './output.js';

/** How much of an ID stands in for all of it in a command: too much for anybody to forge a second one that begins alike. */
const idPrefixLength = 16;

export const stateWords: Record<EngineState, string> = {
  stopped: 'Rayfish is stopped.',
  starting: 'Rayfish is starting.',
  up: 'Rayfish is on.',
  standby: 'Rayfish is off: nothing passes. Turn it on with: rayfish up',
  stopping: 'Rayfish is stopping.',
  failed: 'Rayfish doesn’t work.',
};

export const peerStateWords: Record<PeerState, string> = {
  connected: 'connected',
  paused: 'turned theirs off',
  connecting: 'connecting',
  'waiting-for-them': 'waiting for them',
  idle: 'idle',
  offline: 'offline',
  blocked: 'blocked',
};

/** What to do about a failure, where there is one thing that mostly helps. */
export const hints: Partial<Record<FailureCode, string>> = {
  'helper-unreachable': 'Install and start it with: rayfish service install',
  'helper-untrusted': 'If you started that helper yourself: rayfish --socket PATH …',
  'not-permitted': 'Try again as root, with sudo.',
  'not-root': 'Try again as root, with sudo.',
  'peer-unknown': 'Who you have added: rayfish peers',
  'request-unknown': 'Who is waiting for an answer: rayfish status',
};

/** The one sentence on what adding or accepting somebody means. */
export function grant(peer: Pick<PeerStatus, 'name'>): string {
  return `${printable(peer.name)} can now reach every port of this device, and you theirs, until you remove them.`;
}

/** Enough of an ID to name its owner in a command. */
export function shortId(id: string): string {
  return id.slice(0, idPrefixLength);
}

/** A request's owner as they call themselves: a claim, so it stands in quotes. */
export function claimed(request: Pick<Request, 'name'>): string {
  return request.name === '' ? 'A device without a name' : `A device calling itself ‘${printable(request.name)}’`;
}

/** `direct, 12 ms`; a dash without a path. */
export function pathWords(path: Path | null): string {
  if (path === null) return '-';
  const kind = path.kind === 'direct' ? 'direct' : 'relayed';
  return path.rttMs === null ? kind : `${kind}, ${milliseconds(path.rttMs)}`;
}

/** How packets travel on a path. */
export const carriers: Record<Path['carrier'], string> = { fast: 'fast path', quic: 'QUIC' };
