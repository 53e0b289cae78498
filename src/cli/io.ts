/** Everything the command line touches of the world it runs in, so that a test can be that world. */
import { createInterface } from 'node:readline';

export interface Io {
  out(text: string): void;
  err(text: string): void;
  env: Readonly<Record<string, string | undefined>>;
  /** Standard output is a terminal: redrawing makes sense. */
  terminal: boolean;
  /** A person sits at both ends and can be asked. */
  interactive: boolean;
  /** This process may do everything. */
  root: boolean;
  /** Width of the terminal in characters. */
  columns: number;
  /** Asks one question and returns what was typed. */
  ask(question: string): Promise<string>;
  /** From the first call on, Ctrl-C, SIGTERM and SIGHUP abort this signal instead of ending the program. */
  interrupted(): AbortSignal;
  /** Milliseconds since 1970. */
  now(): number;
}

/** The process's own streams, signals and clock. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  let interruption: AbortController | null = null;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    env,
    terminal: stdout.isTTY,
    interactive: stdin.isTTY && stdout.isTTY,
    root: process.getuid?.() === 0,
    get columns() {
      return stdout.isTTY ? stdout.columns : 80;
    },
    ask,
    interrupted() {
      interruption ??= abortOnSignals();
      return interruption.signal;
    },
    now: Date.now,
  };
}

/** Ctrl-C and the end of the input are an answer too: the empty one. */
function ask(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  return new Promise((resolve) => {
    lines.once('close', () => {
      resolve('');
    });
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}

function abortOnSignals(): AbortController {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      controller.abort();
    });
  }
  return controller;
}
