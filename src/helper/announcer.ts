/** Tells connected peers what they show of us. They listen to few messages a second (`mesh.ts`), so the last word waits for its turn. */
import type { ControlMessage } from './control-protocol.js';
import { RateLimit } from './rate-limit.js';

/** What peers show of us. */
export interface Presence {
  /** Our claimed name. */
  name: string;
  /** Whether our tunnel is off. */
  paused: boolean;
}

/** Who is told. */
export interface Audience {
  /** Whoever connects from now on hears of our presence first. */
  greet: () => void;
  /** Whoever is connected hears this. */
  tell: (message: ControlMessage) => void;
}

/**
 * Messages at once, and per second after that. A peer listens to 64 at once: less than that may arrive so, as QUIC repeats for 15 s
 * what is lost.
 */
const burst = 24;
const perSecond = 2;

export class Announcer {
  readonly #limit = new RateLimit(burst, perSecond);
  #presence: Presence = { name: '', paused: false };
  /** What was another in between counts, though it is as before again: who connected just then heard of that. */
  readonly #news = new Set<keyof Presence>();
  #later: NodeJS.Timeout | null = null;

  constructor(private readonly audience: Audience) {}

  /** As it is now. */
  get presence(): Presence {
    return this.#presence;
  }

  /** Nobody is connected yet; the first message on each connection says this. */
  begin(presence: Presence): void {
    this.#presence = presence;
    this.#news.clear();
  }

  /** From now on this is so. What of it is news is told at once, or, after too many messages, when the next may be sent. */
  announce(presence: Presence): void {
    const { name, paused } = this.#presence;
    if (presence.name === name && presence.paused === paused) return;
    if (presence.paused !== paused) this.#news.add('paused');
    if (presence.name !== name) this.#news.add('name');
    this.#presence = presence;
    // Before anybody is told: a connection that is just being opened takes up what is greeted with (`Mesh::install`).
    this.audience.greet();
    if (this.#later === null) this.#tellNews();
  }

  #tellNews(): void {
    for (const what of this.#news) {
      if (!this.#limit.take()) {
        this.#later = setTimeout(() => {
          this.#later = null;
          this.#tellNews();
        }, 1000 / perSecond).unref();
        return;
      }
      this.#news.delete(what);
      this.audience.tell(this.#message(what));
    }
  }

  #message(what: keyof Presence): ControlMessage {
    const { name, paused } = this.#presence;
    return what === 'name' ? { type: 'renamed', name } : { type: paused ? 'paused' : 'resumed' };
  }
}
