/** Strangers waiting for an answer. Whatever strangers do, this stays small and changes slowly. */
import type { Request } from '../shared/status.js';

export const maxRequests = 32;
/** A request and the outer address or relay URL it came from. */
export interface Pending extends Request {
  remote: string;
}

const maxDismissed = 1024;
const newRequestEveryMs = 1000;

export class RequestStore {
  readonly #requests = new Map<string, Pending>();
  /** IDs the owner said no to: not asked about again while the helper runs. */
  readonly #dismissed = new Set<string>();
  #lastNewAt = -Infinity;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Takes a request; one per ID, one new one a second overall, the oldest dropped where there are too many.
   * @param name claimed and sanitised.
   * @returns whether it is a new one.
   */
  offer(id: string, name: string, remote: string): boolean {
    if (this.#dismissed.has(id) || this.#requests.has(id)) return false;
    const now = this.now();
    if (now - this.#lastNewAt < newRequestEveryMs) return false;
    this.#lastNewAt = now;
    this.#requests.set(id, { id, name, at: new Date().toISOString(), remote });
    if (this.#requests.size > maxRequests) this.#requests.delete(this.#oldest());
    return true;
  }

  /** Oldest first. */
  all(): Pending[] {
    return [...this.#requests.values()];
  }

  /** The owner answered it otherwise (added or blocked). */
  take(id: string): void {
    this.#requests.delete(id);
    this.#dismissed.delete(id);
  }

  /** The owner said no: the ID is not asked about again until it is added, or the helper restarts. */
  dismiss(id: string): void {
    this.#requests.delete(id);
    this.#dismissed.add(id);
    const [first] = this.#dismissed;
    if (this.#dismissed.size > maxDismissed && first !== undefined) this.#dismissed.delete(first);
  }

  clear(): void {
    this.#requests.clear();
    this.#dismissed.clear();
  }

  #oldest(): string {
    return this.#requests.keys().next().value ?? '';
  }
}
