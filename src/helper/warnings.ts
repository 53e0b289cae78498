/** The warnings in force: each part of the helper keeps its own list up to date, sticky ones wait for the owner. */
import { join } from 'node:path';
import * as z from 'zod';
import { warningCodeSchema, warningSchema, type Warning } from '../shared/status.js';
import { StateFile, readOrSetAside } from './state-file.js';

const warningsFile = z.object({ sticky: z.array(warningSchema).max(64) });

export class Warnings {
  readonly #file: StateFile<z.infer<typeof warningsFile>>;
  readonly #bySource = new Map<string, Warning[]>();
  #sticky: Warning[];

  /** Called after every real change. */
  onChange: () => void = () => undefined;

  constructor(stateDir: string) {
    this.#file = new StateFile(join(stateDir, 'warnings.json'), warningsFile);
    // Losing old warnings is not worth a warning.
    this.#sticky = readOrSetAside(this.#file, { sticky: [] }, () => undefined).sticky;
  }

  all(): Warning[] {
    return [...this.#sticky, ...[...this.#bySource.values()].flat()];
  }

  /** Everything `source` warns of now; replaces what it warned of before. */
  replace(source: string, warnings: Warning[]): void {
    const before = this.#bySource.get(source) ?? [];
    if (JSON.stringify(before) === JSON.stringify(warnings)) return;
    this.#bySource.set(source, warnings);
    this.onChange();
  }

  /** Stays, over restarts too, until the owner dismisses it. */
  stick(warning: Omit<Warning, 'sticky'>): void {
    this.#keep([...this.#sticky, { ...warning, sticky: true }]);
  }

  /** Puts the sticky warnings of this code away. */
  dismiss(code: string): void {
    const known = warningCodeSchema.safeParse(code).data;
    this.#keep(this.#sticky.filter((warning) => warning.code !== known));
  }

  #keep(sticky: Warning[]): void {
    if (sticky.length === this.#sticky.length) return;
    this.#sticky = sticky.slice(-64);
    this.onChange();
    try {
      this.#file.write({ sticky: this.#sticky });
    } catch {
      // Shown until the next restart all the same; whatever else is written says that the disk refuses.
    }
  }
}
