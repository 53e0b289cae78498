/** The helper's log: the newest lines in memory, a few bounded files in the state directory, each line to a listener. */
import { appendFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LogLine } from '../shared/ipc-contract.js';

const maxLines = 1000;
const maxLineLength = 2000;
const maxFileBytes = 1024 * 1024;
const keptFiles = 3;

export class Logs {
  readonly #lines: LogLine[] = [];
  readonly #listeners = new Set<(line: LogLine) => void>();
  readonly #path: string;

  /** @param directory where helper.log and its predecessors helper.log.1 and helper.log.2 are kept. */
  constructor(directory: string) {
    this.#path = join(directory, 'helper.log');
  }

  info(message: string): void {
    this.#write('info', message);
  }

  warn(message: string): void {
    this.#write('warn', message);
  }

  error(message: string): void {
    this.#write('error', message);
  }

  /** The newest lines, oldest first; with `sinceMs` only those not older than that. */
  recent(sinceMs?: number): LogLine[] {
    if (sinceMs === undefined) return [...this.#lines];
    const from = new Date(Date.now() - sinceMs).toISOString();
    return this.#lines.filter(({ at }) => at >= from);
  }

  /** @returns how to stop listening. */
  listen(listener: (line: LogLine) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #write(level: LogLine['level'], message: string): void {
    // One line each, whatever a peer or a system error put into it.
    const text = message.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, maxLineLength);
    const line = { at: new Date().toISOString(), level, message: text };
    this.#lines.push(line);
    if (this.#lines.length > maxLines) this.#lines.shift();
    this.#append(`${formatLogLine(line)}\n`);
    for (const listener of this.#listeners) listener(line);
  }

  #append(text: string): void {
    try {
      const size = statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
      if (size + Buffer.byteLength(text) > maxFileBytes) this.#rotate();
      appendFileSync(this.#path, text, { mode: 0o600 });
    } catch {
      // A full disk must not stop the tunnel; the lines in memory remain.
    }
  }

  #rotate(): void {
    for (let age = keptFiles - 1; age > 0; age--) {
      const from = age === 1 ? this.#path : `${this.#path}.${age - 1}`;
      if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, `${this.#path}.${age}`);
    }
  }
}

/** Words somebody else chose, told apart from ours: in quotes, with escapes for quotes and for what cannot be seen. */
export function quoted(words: string): string {
  const escape = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  return JSON.stringify(words).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escape);
}

export function formatLogLine({ at, level, message }: LogLine): string {
  return `${at} ${level.padEnd(5)} ${message}`;
}
