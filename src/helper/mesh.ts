/** The peers as they are now: who is connected, who is dialled, which addresses the data plane accepts from whom. */
import type { PeerStatus, Warning } from '../shared/status.js';
import { isOverlayAddress, overlayAddresses } from '../shared/overlay-address.js';
import { assignAddresses, type AssignedAddresses } from './address-assignment.js';
import { decodeMessage, encodeMessage, nameInHello, type ControlMessage } from './control-protocol.js';
import { Dialer } from './dialer.js';
import type { HintStore } from './hints.js';
import { quoted, type Logs } from './logs.js';
import { nativeFailure, type DialResult, type NativeEvent, type PeerStats, type Plane } from './native.js';
import type { PeerBook } from './peer-book.js';
import { describePeer } from './peer-description.js';
import type { PeerRecord, PeerStore } from './peer-store.js';
import { RateLimit } from './rate-limit.js';
import type { RequestStore } from './request-store.js';
import type { Warnings } from './warnings.js';

const dialTimeoutMs = 10_000;
/** A connection that answers none of so many pings after a change of the network is dead; finding another path takes time. */
const verifyAttempts = 3;
const verifyIntervalMs = 800;
/** The same where nothing is known to have changed: QUIC itself may well get over a moment of silence. */
const doubtAttempts = 7;
/** Control messages a peer may send at once, and per second after that. */
const messageBurst = 64;
const messagesPerSecond = 4;

/** A connection that both ends admitted. */
export interface Live {
  /** Tags the connection: what is told of an older one is stale. */
  connection: number;
  /** They turned their tunnel off. */
  paused: boolean;
  /** How many wait to hear whether the connection still carries anything. */
  verifications: number;
  messages: RateLimit;
}

export interface MeshParts {
  peers: PeerStore;
  book: PeerBook;
  hints: HintStore;
  requests: RequestStore;
  warnings: Warnings;
  logs: Logs;
  /** Something that `statuses` tells has changed. */
  onChange: () => void;
}

export class Mesh {
  readonly #live = new Map<string, Live>();
  readonly #dialer: Dialer;
  #plane: Plane | null = null;
  #ownId = '';
  #ipv6Only = false;
  #assigned = new Map<string, AssignedAddresses>();

  constructor(private readonly parts: MeshParts) {
    this.#dialer = new Dialer({
      dial: (id) => this.#dial(id),
      isConnected: (id) => this.#live.has(id),
      onChange: parts.onChange,
    });
  }

  /** From now on peers are admitted and dialled. */
  attach(plane: Plane, ownId: string): void {
    this.#plane = plane;
    this.#ownId = ownId;
    this.sync();
  }

  /** The data plane is going away, and every connection with it. */
  detach(): void {
    this.#plane = null;
    this.#live.clear();
    this.#dialer.stop();
  }

  /** Brings the data plane and the dialling in line with the peer store. */
  sync(ipv6Only = this.#ipv6Only): void {
    this.#ipv6Only = ipv6Only;
    this.parts.onChange();
    if (this.#plane === null) return;
    const ids = this.#admitted().map(({ id }) => id);
    this.#assigned = assignAddresses(this.#ownId, ids);
    for (const id of this.#live.keys()) if (!this.#assigned.has(id)) this.#live.delete(id);
    this.#pushTable();
    this.#dialer.setWanted(ids);
    this.parts.warnings.replace('collisions', this.#collisions(ids));
  }

  /** Takes what the data plane tells of peers; the rest is the engine's. */
  handle(event: NativeEvent): void {
    switch (event.kind) {
      case 'connected':
        this.#connected(event);
        break;
      case 'closed':
        this.#closed(event);
        break;
      case 'message':
        this.#message(event);
        break;
      case 'request':
        this.#requested(event);
        break;
      case 'wanted':
        this.#dialer.nudge(event.id);
        break;
      case 'discovered':
        this.#discovered(event);
        break;
      case 'path':
        this.parts.onChange();
        if (this.#isSilent(event.id)) this.#doubt(event.id);
        break;
      case 'addresses':
      case 'tun-lost':
      case 'endpoint-lost':
      case 'mdns-failed':
        break;
    }
  }

  /** Says something to every connected peer; the data plane knows sooner than we who that is. */
  tell(message: ControlMessage): void {
    const data = encodeMessage(message);
    for (const id of this.#assigned.keys()) this.#plane?.sendMessage(id, data);
  }

  /** The network is another one: what failed before may work now, and what worked may be dead without saying so. */
  networkChanged(): void {
    this.#dialer.wakeAll();
    for (const id of this.#live.keys()) void this.#verify(id);
  }

  /** Whether some peer is waited for, or may be lost already. */
  waiting(): boolean {
    return this.#admitted().some(({ id }) => this.#live.get(id)?.verifications !== 0);
  }

  /** Overlay IPv6 addresses of the admitted peers. */
  addresses6(): string[] {
    return this.#admitted().map(({ id }) => overlayAddresses(id).ipv6);
  }

  /** Keeps where connected peers are, for the next start. @throws Failure `state-unwritable` */
  rememberPaths(): void {
    const now = new Date().toISOString();
    for (const id of this.#live.keys()) this.parts.hints.remember(id, { lastSeen: now });
    for (const { id, remote } of this.#plane?.stats().peers ?? []) {
      if (this.#live.has(id) && remote !== null) this.#rememberAddress(id, remote);
    }
    this.parts.hints.flush();
  }

  /** Round-trip time in milliseconds. @throws Failure `peer-offline` or `timed-out` */
  async ping(id: string, timeoutMs: number): Promise<number> {
    try {
      if (this.#plane === null) throw new Error('peer-offline: Rayfish is not running');
      return await this.#plane.ping(id, timeoutMs);
    } catch (thrown) {
      throw nativeFailure(thrown);
    }
  }

  /** Every peer as clients see it, known longest first. */
  statuses(stats: readonly PeerStats[]): PeerStatus[] {
    const byId = new Map(stats.map((entry) => [entry.id, entry]));
    return this.parts.peers.all().map((record) =>
      describePeer(record, {
        name: this.parts.book.nameOf(record.id),
        hint: this.parts.hints.get(record.id),
        assigned: this.#assigned.get(record.id) ?? overlayAddresses(record.id),
        live: this.#live.get(record.id) ?? null,
        dial: this.#plane === null ? null : this.#dialer.view(record.id),
        stats: byId.get(record.id) ?? null,
      }),
    );
  }

  async #dial(id: string): Promise<DialResult> {
    const { hints } = this.parts;
    try {
      if (this.#plane === null) return { outcome: 'cancelled', detail: '' };
      return await this.#plane.dial(id, hints.addresses(id), hints.get(id).relay, dialTimeoutMs);
    } catch (thrown) {
      return { outcome: 'unreachable', detail: nativeFailure(thrown).message };
    }
  }

  /** Whether nothing is heard of what went by the fast path: a firewall may be in its way, or the whole path may be dead. */
  #isSilent(id: string): boolean {
    return this.#plane?.stats().peers.find((peer) => peer.id === id)?.whyQuic === 'unanswered';
  }

  /** Verifies, patiently, unless that is under way: a doubt must not make it take longer. */
  #doubt(id: string): void {
    if (this.#live.get(id)?.verifications === 0) void this.#verify(id, doubtAttempts);
  }

  /**
   * Ends the peer's connection if it carries nothing any more: QUIC alone would take 15 s to notice. Where that is under way it is
   * begun anew, as what has changed since may be what it takes.
   */
  async #verify(id: string, attempts = verifyAttempts): Promise<void> {
    const live = this.#live.get(id);
    if (live === undefined) return;
    live.verifications += 1;
    this.parts.onChange();
    // One that answers nothing is closed, and says so by itself.
    await this.#plane?.verify(id, attempts, verifyIntervalMs);
    live.verifications -= 1;
    this.parts.onChange();
  }

  #connected({ id, connection, remote }: Extract<NativeEvent, { kind: 'connected' }>): void {
    if (!this.#assigned.has(id)) return;
    const wasPaused = this.#live.get(id)?.paused === true;
    const messages = new RateLimit(messageBurst, messagesPerSecond);
    this.#live.set(id, { connection, paused: false, verifications: 0, messages });
    if (wasPaused) this.#pushTable();
    this.#rememberAddress(id, remote);
    this.parts.logs.info(`${quoted(this.parts.book.nameOf(id))} is connected (${remote}).`);
    this.#dialer.connected(id);
    this.parts.onChange();
  }

  #closed({ id, connection, reason, detail }: Extract<NativeEvent, { kind: 'closed' }>): void {
    const live = this.#live.get(id);
    if (live?.connection !== connection) return;
    this.#live.delete(id);
    this.parts.hints.remember(id, { lastSeen: new Date().toISOString() });
    if (live.paused) this.#pushTable();
    const why = detail === '' ? reason : `${reason}: ${quoted(detail)}`;
    this.parts.logs.info(`${quoted(this.parts.book.nameOf(id))} is no longer connected (${why}).`);
    this.#dialer.disconnected(id);
    this.parts.onChange();
  }

  #message({ id, connection, data }: Extract<NativeEvent, { kind: 'message' }>): void {
    const live = this.#live.get(id);
    // Whoever floods us is not listened to; the state it last told of stays.
    if (live?.connection !== connection || !live.messages.take()) return;
    const message = decodeMessage(data);
    if (message === null) return;
    if (message.type === 'hello' || message.type === 'renamed') this.#claims(id, message.name);
    if (message.type !== 'renamed') {
      const paused = message.type === 'hello' ? message.paused : message.type === 'paused';
      if (live.paused !== paused) {
        live.paused = paused;
        this.#pushTable();
      }
    }
    this.parts.onChange();
  }

  #claims(id: string, name: string): void {
    if (this.parts.hints.get(id).claimedName !== name) this.parts.hints.remember(id, { claimedName: name });
  }

  #requested({ id, hello, remote }: Extract<NativeEvent, { kind: 'request' }>): void {
    // Whoever is blocked is not heard; whoever was added since then is dialled anyway.
    if (this.parts.peers.get(id) !== undefined) return;
    if (!this.parts.requests.offer(id, nameInHello(hello), remote)) return;
    this.parts.logs.info(`A device asks to connect: ${id}.`);
    this.parts.onChange();
  }

  #discovered({ id, addresses }: Extract<NativeEvent, { kind: 'discovered' }>): void {
    if (!this.#assigned.has(id)) return;
    const known = this.parts.hints.get(id).addresses;
    const fresh = addresses.some((address) => !known.includes(address));
    this.parts.hints.rememberAddresses(id, addresses);
    if (fresh) {
      this.#dialer.wake(id);
      void this.#verify(id);
    }
    // A peer that has not added us dials as soon as it does.
    else if (this.#dialer.view(id).failure?.outcome !== 'not-accepted') this.#dialer.nudge(id, 500);
  }

  #rememberAddress(id: string, remote: string): void {
    const [, host] = /^\[?([0-9a-f.:]+?)\]?:[0-9]+$/i.exec(remote) ?? [];
    if (host !== undefined && !isOverlayAddress(host)) this.parts.hints.rememberReached(id, remote);
  }

  #admitted(): PeerRecord[] {
    return this.parts.peers.all().filter(({ blocked }) => !blocked);
  }

  #pushTable(): void {
    const own = overlayAddresses(this.#ownId);
    this.#plane?.setPeers({
      ownIpv4: this.#ipv6Only ? null : own.ipv4,
      ownIpv6: own.ipv6,
      peers: [...this.#assigned].map(([id, { ipv4, ipv6 }]) => ({
        id,
        ipv4: this.#ipv6Only ? null : ipv4,
        ipv6,
        paused: this.#live.get(id)?.paused ?? false,
      })),
    });
  }

  #collisions(ids: readonly string[]): Warning[] {
    return ids
      .filter((id) => this.#assigned.get(id)?.ipv4 === null)
      .map((id) => ({
        code: 'ipv4-collision',
        message: `${this.parts.book.nameOf(id)} is reachable by IPv6 only: its 100.x address belongs to somebody known longer.`,
        address: overlayAddresses(id).ipv4,
        peer: id,
        sticky: false,
      }));
  }
}
