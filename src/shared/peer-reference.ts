/** How a person names a peer: by name, by node ID, or by the beginning of its node ID. */
import { Failure } from './errors.js';

interface Named {
  id: string;
  name: string;
}

/** A shorter beginning is more likely a mistyped name. */
const leastPrefix = 4;

/**
 * The one peer meant. A name wins over the beginning of an ID; upper case does no harm in either.
 * @throws Failure `peer-unknown` or `peer-ambiguous`.
 */
export function findPeer<P extends Named>(peers: readonly P[], reference: string): P {
  const wanted = reference.trim().normalize('NFC').toLowerCase();
  const exact = peers.find(({ id }) => id === wanted);
  if (exact !== undefined) return exact;
  const byName = peers.filter(({ name }) => wanted !== '' && name.toLowerCase() === wanted);
  const matches =
    byName.length > 0 || wanted.length < leastPrefix ? byName : peers.filter(({ id }) => id.startsWith(wanted));
  const [match, another] = matches;
  if (match === undefined) throw new Failure('peer-unknown', `There is no peer ‘${reference}’.`);
  if (another !== undefined) {
    const ids = matches.map(({ id }) => id.slice(0, 16)).join(', ');
    throw new Failure(
      'peer-ambiguous',
      `‘${reference}’ may be any of ${matches.length} peers (${ids}); use more of the ID.`,
    );
  }
  return match;
}
