/** Turns "something changed" into few events: at most one round each 200 ms, with those parts only that are other than before. */
import type { EventData } from '../shared/ipc-contract.js';
import type { NodeStatus, PeerStatus, Status } from '../shared/status.js';

export type StatusEvent =
  | { event: 'node'; data: NodeStatus }
  | { event: 'peer'; data: PeerStatus }
  | { event: 'peer-removed'; data: EventData<'peer-removed'> };

const roundMs = 200;
/** Counters change without a word; this often they are looked at. */
const tickMs = 1000;

export class StatusFeed {
  #node = '';
  #peers = new Map<string, string>();
  #round: NodeJS.Timeout | null = null;
  #tick: NodeJS.Timeout | null = null;
  #lastRoundAt = -Infinity;

  constructor(
    private readonly status: () => Status,
    private readonly publish: (event: StatusEvent) => void,
  ) {}

  /** Somebody listens from now on: what is so now is no news. */
  start(): void {
    if (this.#tick !== null) return;
    this.#remember(this.status());
    this.#tick = setInterval(() => {
      this.changed();
    }, tickMs).unref();
  }

  /** Nobody listens any more. */
  stop(): void {
    if (this.#tick !== null) clearInterval(this.#tick);
    if (this.#round !== null) clearTimeout(this.#round);
    this.#tick = null;
    this.#round = null;
  }

  /** Something may have changed. */
  changed(): void {
    if (this.#tick === null || this.#round !== null) return;
    const wait = Math.max(0, this.#lastRoundAt + roundMs - performance.now());
    this.#round = setTimeout(() => {
      this.#round = null;
      this.#lastRoundAt = performance.now();
      this.#publishChanges();
    }, wait);
  }

  #publishChanges(): void {
    const status = this.status();
    const before = { node: this.#node, peers: this.#peers };
    this.#remember(status);
    const { peers, ...node } = status;
    if (this.#node !== before.node) this.publish({ event: 'node', data: node });
    for (const peer of peers) {
      if (this.#peers.get(peer.id) !== before.peers.get(peer.id)) this.publish({ event: 'peer', data: peer });
    }
    for (const id of before.peers.keys()) {
      if (!this.#peers.has(id)) this.publish({ event: 'peer-removed', data: { id } });
    }
  }

  #remember({ peers, ...node }: Status): void {
    this.#node = JSON.stringify(node);
    this.#peers = new Map(peers.map((peer) => [peer.id, JSON.stringify(peer)]));
  }
}
