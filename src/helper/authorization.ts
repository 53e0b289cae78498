/** Who may do what, decided by the kernel's word on who calls, and what the others get to see. */
import { Failure } from '../shared/errors.js';
import { methods, type Level, type Method } from '../shared/ipc-contract.js';
import type { NodeStatus, PeerStatus, Status } from '../shared/status.js';
import type { Operators } from './operators.js';

const ranks: Record<Level, number> = { anyone: 0, operator: 1, root: 2 };

export function levelOf(uid: number, operators: Pick<Operators, 'has'>): Level {
  if (uid === 0) return 'root';
  return operators.has(uid) ? 'operator' : 'anyone';
}

/** @throws Failure `not-permitted` */
export function assertPermitted(level: Level, method: Method): void {
  if (mayDo(level, methods[method].level)) return;
  throw new Failure('not-permitted', 'Only root and the operators of Rayfish on this device may do this.');
}

/** Whether somebody of `level` has what `needed` takes. */
export function mayDo(level: Level, needed: Level): boolean {
  return ranks[level] >= ranks[needed];
}

/** Of strangers who ask only operators know. */
export function visibleNode<N extends NodeStatus>(node: N, level: Level): N {
  return mayDo(level, 'operator') ? node : { ...node, requests: [] };
}

/** Where a peer is, and what stands in the way, is the business of operators. */
export function visiblePeer(peer: PeerStatus, level: Level): PeerStatus {
  if (mayDo(level, 'operator')) return peer;
  return { ...peer, path: peer.path === null ? null : { ...peer.path, remote: null }, problem: null };
}

export function visibleStatus(status: Status, level: Level): Status {
  return { ...visibleNode(status, level), peers: status.peers.map((peer) => visiblePeer(peer, level)) };
}
