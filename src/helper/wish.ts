/** What the owner last asked for, `up` or `standby`; restored at the next start. */
import { join } from 'node:path';
import * as z from 'zod';
import { StateFile, readOrSetAside, savedOrSaid, type SetAside } from './state-file.js';

const wishFile = z.object({ wish: z.enum(['up', 'standby']) });
export type Wish = z.infer<typeof wishFile>['wish'];

export class WishStore {
  readonly #file: StateFile<z.infer<typeof wishFile>>;
  #wish: Wish;

  constructor(stateDir: string, report: (aside: SetAside) => void) {
    this.#file = new StateFile(join(stateDir, 'wish.json'), wishFile);
    this.#wish = readOrSetAside<{ wish: Wish }>(this.#file, { wish: 'up' }, report).wish;
  }

  get(): Wish {
    return this.#wish;
  }

  /** @throws Failure `state-unwritable`; it is the wish until the next start all the same. */
  set(wish: Wish): void {
    if (wish === this.#wish) return;
    this.#wish = wish;
    savedOrSaid(() => {
      this.#file.write({ wish });
    });
  }
}
