/** What a person pasted to add somebody, judged while they type. */
import { Failure } from '../../shared/errors.js';
import { looksLikeInvite, parseInvite } from '../../shared/invite.js';
import { parseNodeId } from '../../shared/node-id.js';
import { isOverlayAddress } from '../../shared/overlay-address.js';
import type { PeerStatus } from '../../shared/status.js';
import { displayName } from './display-name.js';

export type AddText =
  | { kind: 'empty' }
  | { kind: 'fault'; message: string }
  /** Known already: `id` leads there. */
  | { kind: 'known'; message: string; id: string }
  | { kind: 'peer'; id: string; name: string; wasBlocked: boolean };

export interface Known {
  nodeId: string;
  peers: readonly PeerStatus[];
}

/** Reads the text with the very parsers the helper uses; every fault has its own sentence. */
export function readAddText(text: string, known: Known): AddText {
  if (text.trim() === '') return { kind: 'empty' };
  const mistaken = otherThing(text.trim());
  if (mistaken !== null) return { kind: 'fault', message: mistaken };
  try {
    return judge(looksLikeInvite(text) ? parseInvite(text) : { id: parseNodeId(text), name: '' }, known);
  } catch (error) {
    if (error instanceof Failure) return { kind: 'fault', message: error.message };
    throw error;
  }
}

function judge({ id, name }: { id: string; name: string }, { nodeId, peers }: Known): AddText {
  if (id === nodeId) return { kind: 'fault', message: 'This is the ID of this device itself. Paste the other one’s.' };
  const peer = peers.find((candidate) => candidate.id === id);
  if (peer !== undefined && peer.state !== 'blocked') {
    return { kind: 'known', id, message: `You added this device already; it is called ‘${displayName(peer)}’.` };
  }
  return { kind: 'peer', id, name, wasBlocked: peer !== undefined };
}

/** Things people paste by mistake, told apart from a mistyped ID. */
function otherThing(text: string): string | null {
  if (/^(https?|ftp):/i.test(text)) {
    return 'This is a web address. A node ID is 64 letters and digits, an invite begins with rayfish://add/.';
  }
  if (/^\S+@\S+\.\S+$/.test(text)) return 'This is an e-mail address. Ask that person for their node ID or an invite.';
  if (/^[0-9.]{7,15}$/.test(text) || /^[0-9a-f:]+:[0-9a-f:]*:[0-9a-f:]*$/i.test(text)) {
    const whose = isOverlayAddress(text) ? 'a Rayfish address' : 'an IP address';
    return `This is ${whose}. It cannot be added; ask for the node ID or an invite.`;
  }
  return null;
}
