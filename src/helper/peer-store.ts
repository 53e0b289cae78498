/** The peers this machine has added or blocked, in the order they became known. */
import { join } from 'node:path';
import * as z from 'zod';
import { Failure } from '../shared/errors.js';
import { isNodeId } from '../shared/node-id.js';
import { maxNameLength } from '../shared/peer-name.js';
import { StateFile, readOrSetAside, savedOrSaid, type SetAside } from './state-file.js';

export const maxPeers = 4096;

const peerRecordSchema = z.object({
  id: z.string().refine(isNodeId, 'it has a node ID that is none'),
  /** Given by the owner; null: the peer's claimed name is shown. */
  name: z
    .string()
    .max(2 * maxNameLength)
    .nullable(),
  /** ISO 8601 */
  addedAt: z.string(),
  allow: z.literal('everything'),
  blocked: z.boolean(),
});
export type PeerRecord = z.infer<typeof peerRecordSchema>;

const peersFile = z.object({ peers: z.array(peerRecordSchema).max(maxPeers) });

export class PeerStore {
  readonly #file: StateFile<z.infer<typeof peersFile>>;
  #peers: Map<string, PeerRecord>;

  /** Reads the store; a file that cannot be read is set aside and reported. */
  constructor(stateDir: string, report: (aside: SetAside) => void) {
    this.#file = new StateFile(join(stateDir, 'peers.json'), peersFile);
    const { peers } = readOrSetAside(this.#file, { peers: [] }, report);
    this.#peers = new Map(peers.map((peer) => [peer.id, peer]));
  }

  /** Known longest first. */
  all(): PeerRecord[] {
    return [...this.#peers.values()];
  }

  get(id: string): PeerRecord | undefined {
    return this.#peers.get(id);
  }

  /**
   * Adds a record, known from now on, or changes one in its place.
   * @throws Failure `peer-limit`, `name-taken` or `state-unwritable`; nothing is changed then, except that who is blocked
   *   stays blocked until the next start.
   */
  put(record: PeerRecord): void {
    const { id, name } = record;
    if (!this.#peers.has(id) && this.#peers.size >= maxPeers) {
      throw new Failure('peer-limit', `There are ${maxPeers} peers already; remove one first.`);
    }
    if (name !== null && this.nameTaken(name, id)) {
      throw new Failure('name-taken', `Another peer is called ‘${name}’ already; choose another name.`);
    }
    const peers = new Map(this.#peers);
    // One that was blocked is known from now on only: it must not win an address from the others.
    if (peers.get(id)?.blocked === true && !record.blocked) peers.delete(id);
    peers.set(id, record);
    if (record.blocked) this.#revoke(peers);
    else this.#replace(peers);
  }

  /** @throws Failure `state-unwritable`; the peer is gone until the next start all the same. */
  delete(id: string): void {
    const rest = new Map(this.#peers);
    if (rest.delete(id)) this.#revoke(rest);
  }

  /** Whether a peer other than `exceptId` was given this name. Upper case makes no difference. */
  nameTaken(name: string, exceptId: string): boolean {
    return this.all().some((peer) => peer.id !== exceptId && peer.name?.toLowerCase() === name.toLowerCase());
  }

  /** Takes a permission away, whatever the disk says: a full one must not keep anybody in. */
  #revoke(peers: Map<string, PeerRecord>): void {
    this.#peers = peers;
    savedOrSaid(() => {
      this.#replace(peers);
    });
  }

  #replace(peers: Map<string, PeerRecord>): void {
    this.#file.write({ peers: [...peers.values()] });
    this.#peers = peers;
  }
}
