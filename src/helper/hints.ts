/** What helps to find and name a peer again: nothing here is needed, so losing it costs time only. */
import { join } from 'node:path';
import * as z from 'zod';
import { StateFile, readOrSetAside, type SetAside } from './state-file.js';

const hintSchema = z.object({
  /** Outer addresses, `ip:port`, the likeliest first. */
  addresses: z.array(z.string().max(64)).max(8),
  /** Where it was last connected to, `ip:port`: no word of strangers on the LAN takes this away. */
  reached: z.string().max(64).nullable().default(null),
  /** Relay URL of an invite. */
  relay: z.string().max(512).nullable(),
  /** What the peer last claimed to be called, sanitised. */
  claimedName: z.string().max(256).nullable(),
  /** ISO 8601 time of the last moment the peer was connected. */
  lastSeen: z.string().nullable(),
});
export type Hint = z.infer<typeof hintSchema>;

const hintsFile = z.object({ peers: z.record(z.string(), hintSchema) });
const maxAddresses = 8;
const nothing: Hint = { addresses: [], reached: null, relay: null, claimedName: null, lastSeen: null };

export class HintStore {
  readonly #file: StateFile<z.infer<typeof hintsFile>>;
  readonly #hints: Map<string, Hint>;
  #changed = false;

  constructor(stateDir: string, report: (aside: SetAside) => void) {
    this.#file = new StateFile(join(stateDir, 'hints.json'), hintsFile);
    this.#hints = new Map(Object.entries(readOrSetAside(this.#file, { peers: {} }, report).peers));
  }

  get(id: string): Hint {
    return this.#hints.get(id) ?? nothing;
  }

  /** Remembers part of a hint; kept on disk by the next `flush`. */
  remember(id: string, hint: Partial<Hint>): void {
    this.#hints.set(id, { ...this.get(id), ...hint });
    this.#changed = true;
  }

  /** Everywhere the peer may be found. */
  addresses(id: string): string[] {
    const { addresses, reached } = this.get(id);
    return [...new Set([...addresses, ...(reached === null ? [] : [reached])])];
  }

  /** Puts addresses first, before those known already. */
  rememberAddresses(id: string, addresses: string[]): void {
    const known = this.get(id).addresses;
    const merged = [...new Set([...addresses, ...known])].slice(0, maxAddresses);
    if (merged.join() !== known.join()) this.remember(id, { addresses: merged });
  }

  /** There is a connection to that address. */
  rememberReached(id: string, address: string): void {
    this.rememberAddresses(id, [address]);
    if (this.get(id).reached !== address) this.remember(id, { reached: address });
  }

  forget(id: string): void {
    if (this.#hints.delete(id)) this.#changed = true;
  }

  /** @throws Failure `state-unwritable` */
  flush(): void {
    if (!this.#changed) return;
    this.#file.write({ peers: Object.fromEntries(this.#hints) });
    this.#changed = false;
  }
}
