/** For tests: the world a command line runs in, recorded. */
import type { Io } from './io.js';
import { run } from './program.js';

export class Terminal implements Io {
  stdout = '';
  stderr = '';
  env: Record<string, string | undefined> = {};
  terminal = false;
  interactive = false;
  root = false;
  columns = 80;
  /** What the person types when asked. */
  answer = '';
  readonly #interruption = new AbortController();

  /** @param socketPath what RAYFISH_SOCKET says. */
  constructor(socketPath?: string) {
    this.env['RAYFISH_SOCKET'] = socketPath;
  }

  /** Runs one command line to its end; returns its exit code. */
  run(...args: string[]): Promise<number> {
    return run(args, this);
  }

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }

  ask(question: string): Promise<string> {
    this.out(question);
    return Promise.resolve(this.answer);
  }

  pressCtrlC(): void {
    this.#interruption.abort();
  }

  interrupted(): AbortSignal {
    return this.#interruption.signal;
  }

  now(): number {
    return Date.parse('2025-06-01T12:00:00Z');
  }
}
