/** The machine's identity: an Ed25519 key, made once and never replaced unasked. */
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import * as z from 'zod';
import { Failure } from '../shared/errors.js';
import { StateFile } from './state-file.js';

export interface Identity {
  /** 32 bytes, the Ed25519 seed. */
  secretKey: Buffer;
  /** 64 lowercase hex characters. */
  nodeId: string;
}

const identityFile = z.object({ secretKey: z.string().regex(/^[0-9a-f]{64}$/) });

export class IdentityStore {
  readonly #file: StateFile<z.infer<typeof identityFile>>;

  constructor(stateDir: string) {
    this.#file = new StateFile(join(stateDir, 'identity.json'), identityFile);
  }

  /**
   * The identity, made at the very first start.
   * @throws Failure `identity-unreadable` (the file is left as it is) or `state-unwritable`.
   */
  load(): Identity {
    const reading = this.#file.read();
    if (reading.kind === 'read') return identityOf(Buffer.from(reading.value.secretKey, 'hex'));
    if (reading.kind === 'missing') return this.#create();
    throw new Failure(
      'identity-unreadable',
      `This device’s identity cannot be read, so Rayfish is off: ${this.#file.path} is damaged. ` +
        'Put a copy of the file back and restart, or make a new identity with “rayfish id reset”: ' +
        'every peer then has to add the new ID.',
      { cause: reading.detail },
    );
  }

  /**
   * Makes a new identity because the owner asked for it. A file that cannot be read is set aside; a readable one is
   * replaced, for a reset means that the old key must not be usable any more.
   * @throws Failure `state-unwritable`
   */
  reset(): Identity {
    if (this.#file.read().kind === 'unreadable') this.#file.setAside(new Date());
    return this.#create();
  }

  #create(): Identity {
    const secretKey = randomBytes(32);
    this.#file.write({ secretKey: secretKey.toString('hex') });
    return identityOf(secretKey);
  }
}

function identityOf(secretKey: Buffer): Identity {
  // RFC 8410: a PKCS#8 Ed25519 key is this prefix and the seed, a public one ends in the key.
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secretKey]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { secretKey, nodeId: spki.subarray(-32).toString('hex') };
}
