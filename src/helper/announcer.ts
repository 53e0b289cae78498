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

/** Messages at once, and per second after that: half of what a peer listens to. */
const burst = 16;
const perSecond = 2;

export class Announcer {
  readonly #limit = new RateLimit(burst, perSecond);
  #present: Presence = { name: '', paused: false };
  /** What was another in between counts, though it is as before again: who connected just then heard of that. */
  readonly #news = new Set<keyof Presence>();
  #later: NodeJS.Timeout | null = null;

  constructor(private readonly tell: (message: ControlMessage) => void) {}

  /** Nobody is connected yet; the first message on each connection says this. */
  begin(presence: Presence): void {
    this.#present = presence;
    this.#news.clear();
  }

  /** From now on this is so. What of it is news is told at once, or, after too many messages, when the next may be sent. */
  announce(presence: Presence): void {
    if (presence.paused !== this.#present.paused) this.#news.add('paused');
    if (presence.name !== this.#present.name) this.#news.add('name');
    this.#present = presence;
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
      this.tell(this.#message(what));
    }
  }

  #message(what: keyof Presence): ControlMessage {
    const { name, paused } = this.#present;
    return what === 'name' ? { type: 'renamed', name } : { type: paused ? 'paused' : 'resumed' };
  }
}
