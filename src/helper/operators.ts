/** The users, beside root, who may change things: `operators.json`, which only root can write. */
import { join } from 'node:path';
import * as z from 'zod';
import { StateFile } from './state-file.js';

const operatorsFile = z.object({ uids: z.array(z.number().int().min(1)).max(1024) });

export class Operators {
  readonly #file: StateFile<z.infer<typeof operatorsFile>>;

  constructor(stateDir: string) {
    this.#file = new StateFile(join(stateDir, 'operators.json'), operatorsFile);
  }

  /** Reads the file each time: root changes it while the helper runs. An unreadable file makes nobody an operator. */
  has(uid: number): boolean {
    const reading = this.#file.read();
    return reading.kind === 'read' && reading.value.uids.includes(uid);
  }
}
