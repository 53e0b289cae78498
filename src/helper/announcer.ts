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
  #told: Presence = { name: '', paused: false };
  #present = this.#told;
  #later: NodeJS.Timeout | null = null;

  constructor(private readonly tell: (message: ControlMessage) => void) {}

  /** Nobody is connected yet; the first message on each connection says this. */
  begin(presence: Presence): void {
    this.#told = presence;
    this.#present = presence;
  }

  /** From now on this is so. What of it is news is told at once, or, after too many messages, when the next may be sent. */
  announce(presence: Presence): void {
    this.#present = presence;
    if (this.#later === null) this.#tellNews();
  }

  #tellNews(): void {
    const { name, paused } = this.#present;
    const news: ControlMessage[] = [
      ...(this.#told.paused === paused ? [] : [{ type: paused ? 'paused' : 'resumed' } as const]),
      ...(this.#told.name === name ? [] : [{ type: 'renamed', name } as const]),
    ];
    for (const message of news) {
      if (!this.#limit.take()) {
        this.#later = setTimeout(() => {
          this.#later = null;
          this.#tellNews();
        }, 1000 / perSecond).unref();
        return;
      }
      this.tell(message);
      this.#told = message.type === 'renamed' ? { ...this.#told, name } : { ...this.#told, paused };
    }
  }
}
