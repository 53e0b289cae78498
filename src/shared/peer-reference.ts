/** How a person names a peer: by name, by node ID, or by the beginning of its node ID. */
import { Failure } from './errors.js';

interface Named {
  id: string;
  name: string;
  /** Whether the owner gave the name; else the peer claims it, and may claim anything. */
  named: boolean;
}

/** A shorter beginning is more likely a mistyped name. */
const leastPrefix = 4;
/** What looks like this is meant as an ID, whoever claims it for a name. */
const looksLikeId = /^[0-9a-f]{8,}$/;

/**
 * The one peer meant: the whole ID, else the name the owner gave, else what is left, and that only where it is one. A
 * stranger chooses the name it claims, and with some work the beginning of its ID: neither ever wins over the other.
 * Upper case does no harm.
 * @throws Failure `peer-unknown` or `peer-ambiguous`.
 */
export function findPeer<P extends Named>(peers: readonly P[], reference: string): P {
  const wanted = reference.trim().normalize('NFC').toLowerCase();
  const exact = peers.find(({ id }) => id === wanted);
  if (exact !== undefined) return exact;
  const isNamed = ({ name, named }: P): boolean =>
    wanted !== '' && name.toLowerCase() === wanted && (named || !looksLikeId.test(wanted));
  const given = peers.filter((peer) => peer.named && isNamed(peer));
  const isMeant = (peer: P): boolean => isNamed(peer) || (wanted.length >= leastPrefix && peer.id.startsWith(wanted));
  const matches = given.length > 0 ? given : peers.filter(isMeant);
  const [match, another] = matches;
  if (match === undefined) throw new Failure('peer-unknown', `There is no peer ‘${reference}’.`);
  if (another !== undefined) {
    throw new Failure(
      'peer-ambiguous',
      `‘${reference}’ may be any of ${matches.length} devices; use the whole ID: ${matches.map(({ id }) => id).join(', ')}`,
    );
  }
  return match;
}
