/** Node identities made by a test: chosen secrets, and pairs ground out to collide. */
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';

export interface Key {
  /** 32-byte Ed25519 seed, 64 lowercase hex. */
  secret: string;
  /** 64 lowercase hex. */
  nodeId: string;
}

/** The DER words before an Ed25519 seed (RFC 8410). */
const privateKeyPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicKeyBytes = 32;

/** A key from a seed, or a new one. */
export function makeKey(seed: Buffer = randomBytes(32)): Key {
  const der = Buffer.concat([privateKeyPrefix, seed]);
  const spki = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
    format: 'der',
    type: 'spki',
  });
  return { secret: seed.toString('hex'), nodeId: spki.subarray(-publicKeyBytes).toString('hex') };
}

/**
 * Grinds two keys with the same overlay IPv4. Against one given key it takes about four million tries; among keys
 * that are all ours a few thousand do, by the birthday paradox, and the defence cannot tell the difference.
 * @param addressOf the overlay IPv4 of a node ID.
 */
export function grindCollision(addressOf: (nodeId: string) => string): [Key, Key] {
  const seen = new Map<string, Key>();
  for (;;) {
    const key = makeKey();
    const address = addressOf(key.nodeId);
    const twin = seen.get(address);
    if (twin !== undefined) return [twin, key];
    seen.set(address, key);
  }
}
