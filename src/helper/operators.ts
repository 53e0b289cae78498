/** The users, beside root, who may change things: `operators.json`, which only root can write. */
import { join } from 'node:path';
import * as z from 'zod';
import { StateFile, readOrSetAside } from './state-file.js';

const operatorsFile = z.object({ uids: z.array(z.number().int().min(1)).max(1024) });

export class Operators {
  readonly #file: StateFile<z.infer<typeof operatorsFile>>;

  constructor(stateDir: string) {
    this.#file = new StateFile(join(stateDir, 'operators.json'), operatorsFile);
  }

  /** Reads the file each time: root changes it while the helper runs. An unreadable file makes nobody an operator. */
  has(uid: number): boolean {
    return this.all().includes(uid);
  }

  /** Their uids, lowest first. */
  all(): number[] {
    const reading = this.#file.read();
    return reading.kind === 'read' ? reading.value.uids.toSorted((a, b) => a - b) : [];
  }

  /** @throws Failure `state-unwritable` */
  add(uid: number): void {
    this.#write((uids) => [...uids.filter((each) => each !== uid), uid]);
  }

  /** @throws Failure `state-unwritable` */
  remove(uid: number): void {
    this.#write((uids) => uids.filter((each) => each !== uid));
  }

  /** An unreadable file is set aside first, for its owner to look at. */
  #write(change: (uids: readonly number[]) => number[]): void {
    const { uids } = readOrSetAside(this.#file, { uids: [] }, () => undefined);
    this.#file.write({ uids: change(uids) });
  }
}
