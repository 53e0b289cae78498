/** One small versioned JSON file of the state directory, replaced atomically, never half written. */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import * as z from 'zod';
import { Failure, toFailure } from '../shared/errors.js';
import { syncDirectory } from '../shared/sync-directory.js';

export type Reading<T> =
  | { kind: 'missing' }
  | { kind: 'read'; value: T }
  /** There is a file, but not one of this version and shape; `detail` says why. */
  | { kind: 'unreadable'; detail: string };

const formatVersion = 1;
const maxBytes = 16 * 1024 * 1024;
const envelope = z.looseObject({ version: z.literal(formatVersion, `it is not of version ${formatVersion}`) });

export class StateFile<T extends object> {
  constructor(
    readonly path: string,
    private readonly schema: z.ZodType<T>,
  ) {}

  read(): Reading<T> {
    try {
      if (statSync(this.path).size > maxBytes) return { kind: 'unreadable', detail: 'it is too large' };
      const parsed = envelope
        .transform((file): unknown => file)
        .pipe(this.schema)
        .safeParse(parseJson(this.path));
      if (parsed.success) return { kind: 'read', value: parsed.data };
      return { kind: 'unreadable', detail: z.prettifyError(parsed.error).replace(/\s+/g, ' ') };
    } catch (error) {
      if (isMissing(error)) return { kind: 'missing' };
      return { kind: 'unreadable', detail: describe(error) };
    }
  }

  /**
   * Replaces the content; afterwards it survives a power cut.
   * @throws Failure `state-unwritable`; the previous content is then still there.
   */
  write(value: T): void {
    const temporary = `${this.path}.${randomUUID()}.tmp`;
    try {
      writeDurably(temporary, `${JSON.stringify({ version: formatVersion, ...value }, null, 2)}\n`);
      renameSync(temporary, this.path);
      syncDirectory(dirname(this.path));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw unwritable(this.path, error);
    }
  }

  /**
   * Moves a file that could not be read out of the way, for its owner to look at.
   * @returns where it is now.
   * @throws Failure `state-unwritable`
   */
  setAside(at: Date): string {
    const target = `${this.path}.unreadable-${at.toISOString().replace(/[:.]/g, '-')}`;
    try {
      renameSync(this.path, target);
      syncDirectory(dirname(this.path));
    } catch (error) {
      throw unwritable(this.path, error);
    }
    return target;
  }
}

/** What to tell the owner about a file that had to be set aside. */
export interface SetAside {
  /** The file's name, such as `peers.json`. */
  file: string;
  /** Where it is now, or null where it could not be moved. */
  movedTo: string | null;
  detail: string;
}

/** The file's value, or `fallback` where there is none; an unreadable file is set aside and reported. */
export function readOrSetAside<T extends object>(
  file: StateFile<T>,
  fallback: T,
  report: (aside: SetAside) => void,
): T {
  const reading = file.read();
  if (reading.kind === 'read') return reading.value;
  if (reading.kind === 'missing') return fallback;
  let movedTo: string | null = null;
  try {
    movedTo = file.setAside(new Date());
  } catch {
    // A read-only disk: the next write fails by itself and says so.
  }
  report({ file: basename(file.path), movedTo, detail: reading.detail });
  return fallback;
}

function parseJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}

function writeDurably(path: string, text: string): void {
  const descriptor = openSync(path, 'wx', 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function unwritable(path: string, error: unknown): Failure {
  return new Failure('state-unwritable', `It could not be saved: ${path} cannot be written (${describe(error)}).`, {
    cause: error,
  });
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Saves what holds already. @throws Failure `state-unwritable` that says so where it cannot be saved.
 */
export function savedOrSaid(save: () => void): void {
  try {
    save();
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    throw new Failure(code, `Done, but only until the next start. ${message}`, { cause: thrown });
  }
}
