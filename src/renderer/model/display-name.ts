/** Names as they are shown: whatever a machine calls itself is harmless here. */
import { shortNodeId } from '../../shared/node-id.js';
import { sanitiseName } from '../../shared/peer-name.js';

/** One clean line of at most 64 characters; the short form of the ID where nothing is left. */
export function displayName({ name, id }: { name: string; id: string }): string {
  return sanitiseName(name) || shortNodeId(id);
}

/** What a stranger says of itself: a claim, so it stands in quotes. */
export function claimedWords(name: string): string {
  const clean = sanitiseName(name);
  return clean === '' ? 'A device without a name' : `A device calling itself ‘${clean}’`;
}

/** A node ID in groups of eight, for eyes that compare. */
export function groupedId(id: string): string[] {
  return id.match(/.{1,8}/g) ?? [];
}

/** Both ends of a node ID. */
export function middleTruncated(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 6)}…${id.slice(-6)}`;
}
