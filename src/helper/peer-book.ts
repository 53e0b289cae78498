/** What an owner does with peers and requests: add, accept, rename, remove, reject, block. Everything by name or ID. */
import { Failure } from '../shared/errors.js';
import { looksLikeInvite, parseInvite, type Invite } from '../shared/invite.js';
import { isNodeId, parseNodeId, shortNodeId } from '../shared/node-id.js';
import { parseName } from '../shared/peer-name.js';
import { findPeer } from '../shared/peer-reference.js';
import type { HintStore } from './hints.js';
import type { PeerRecord, PeerStore } from './peer-store.js';
import type { Pending, RequestStore } from './request-store.js';

export interface Named {
  id: string;
  name: string;
}

export class PeerBook {
  constructor(
    private readonly peers: PeerStore,
    private readonly requests: RequestStore,
    private readonly hints: HintStore,
    /** Our node ID; empty while the identity is unreadable. */
    private readonly ownId: () => string,
  ) {}

  /** The name we gave it, else the one it claims, else a short form of its ID. */
  nameOf(id: string): string {
    const claimed = this.hints.get(id).claimedName ?? '';
    return this.peers.get(id)?.name ?? (claimed === '' ? shortNodeId(id) : claimed);
  }

  /**
   * Adds a peer from a pasted node ID or invite; one that was blocked is one no longer.
   * @returns its node ID.
   * @throws Failure `node-id-…`, `invite-malformed`, `peer-exists`, `name-…`, `peer-limit` or `state-unwritable`.
   */
  add(target: string, typedName?: string): string {
    const invite = looksLikeInvite(target) ? parseInvite(target) : bare(parseNodeId(target));
    const { id } = invite;
    if (id === this.ownId()) {
      throw new Failure('node-id-own', 'This is the ID of this device itself; add the ID of the other one.');
    }
    const known = this.peers.get(id);
    if (known?.blocked === false) {
      throw new Failure('peer-exists', `This peer was added already; it is called ‘${this.nameOf(id)}’.`);
    }
    // One that was blocked keeps the name its owner gave it.
    const name = typedName === undefined ? (known?.name ?? this.#suggested(invite)) : parseName(typedName);
    this.#add(id, name);
    this.hints.rememberAddresses(id, invite.addresses);
    if (invite.relay !== null) this.hints.remember(id, { relay: invite.relay });
    return id;
  }

  /**
   * Lets a stranger in who asked.
   * @throws Failure `request-unknown`, `peer-ambiguous`, `name-…`, `peer-limit` or `state-unwritable`.
   */
  accept(reference: string, typedName?: string): string {
    const request = this.#request(reference);
    this.#add(request.id, typedName === undefined ? null : parseName(typedName));
    return request.id;
  }

  /** Says no to a stranger. @throws Failure `request-unknown` or `peer-ambiguous`. */
  reject(reference: string): Named {
    const { id, name } = this.#request(reference);
    this.requests.dismiss(id);
    return { id, name: name || shortNodeId(id) };
  }

  /** @throws Failure `peer-unknown`, `peer-ambiguous`, `name-…` or `state-unwritable`. */
  rename(reference: string, typedName: string): string {
    const record = this.find(reference);
    this.peers.put({ ...record, name: parseName(typedName) });
    return record.id;
  }

  /**
   * Forgets a peer. Its machine goes on asking: that is not shown, for the owner just said no; of one that was
   * blocked requests are heard again.
   * @throws Failure `peer-unknown`, `peer-ambiguous` or `state-unwritable`.
   */
  remove(reference: string): Named {
    const { id, blocked } = this.find(reference);
    const name = this.nameOf(id);
    this.peers.delete(id);
    this.hints.forget(id);
    if (!blocked) this.requests.dismiss(id);
    return { id, name };
  }

  /**
   * Blocks a peer, somebody who asked, or any node ID.
   * @throws Failure `peer-unknown`, `peer-ambiguous`, `node-id-own`, `peer-limit` or `state-unwritable`.
   */
  block(reference: string): string {
    const id = this.#anybody(reference);
    if (id === this.ownId()) throw new Failure('node-id-own', 'This is the ID of this device itself.');
    const known = this.peers.get(id) ?? { ...fresh(id), name: null };
    this.peers.put({ ...known, blocked: true });
    this.#answered(id);
    return id;
  }

  /** @throws Failure `peer-unknown` or `peer-ambiguous`. */
  find(reference: string): PeerRecord {
    const named = this.peers
      .all()
      .map((record) => ({ id: record.id, name: this.nameOf(record.id), named: record.name !== null, record }));
    return findPeer(named, reference).record;
  }

  #add(id: string, name: string | null): void {
    this.peers.put({ ...fresh(id), name });
    this.#answered(id);
  }

  /** What a request told is kept with the peer; the request is done. */
  #answered(id: string): void {
    const request = this.requests.all().find((pending) => pending.id === id);
    this.requests.take(id);
    if (request === undefined) return;
    this.hints.remember(id, { claimedName: request.name });
    if (isAddress(request.remote)) this.hints.rememberAddresses(id, [request.remote]);
  }

  #suggested({ id, name }: Invite): string | null {
    return name === '' || isNodeId(name) || this.peers.nameTaken(name, id) ? null : name;
  }

  #request(reference: string): Pending {
    try {
      return findPeer(this.#pending(), reference);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'peer-unknown') throw error;
      throw new Failure('request-unknown', `Nobody called ‘${reference}’ is asking to connect.`, { cause: error });
    }
  }

  /** Requests, whose names are claims. */
  #pending(): (Pending & { named: false })[] {
    return this.requests.all().map((request) => ({ ...request, named: false }));
  }

  #anybody(reference: string): string {
    const known = this.peers.all().map(({ id, name }) => ({ id, name: this.nameOf(id), named: name !== null }));
    try {
      return findPeer([...known, ...this.#pending()], reference).id;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'peer-unknown') throw error;
      if (/^\s*[0-9a-z]{50,70}\s*$/i.test(reference)) return parseNodeId(reference);
      throw error;
    }
  }
}

function fresh(id: string): Omit<PeerRecord, 'name'> {
  return { id, addedAt: new Date().toISOString(), allow: 'everything', blocked: false };
}

function bare(id: string): Invite {
  return { id, addresses: [], relay: null, name: '' };
}

/** `ip:port`, and not a relay's URL. */
function isAddress(remote: string): boolean {
  return /^[0-9a-f.:[\]]+:[0-9]+$/i.test(remote);
}
