/** A program that runs beside the scenario, its output in a file that outlives it. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import type { Argv } from './command.js';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** Those that run, and whether more may be started. */
const running = new Set<Process>();
let over = false;

export class Process {
  /** Resolves when it has ended, however. */
  readonly exited: Promise<Exit>;
  #exit: Exit | null = null;

  private constructor(
    private readonly child: ChildProcess,
    readonly outputFile: string,
  ) {
    this.exited = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#exit = { code, signal };
        running.delete(this);
        resolve(this.#exit);
      };
      child.once('exit', end);
      child.once('error', () => {
        end(127, null);
      });
    });
  }

  /** Starts it, detached from the terminal's signals; both output streams are appended to `outputFile`. */
  static async start(argv: Argv, outputFile: string, env: NodeJS.ProcessEnv = process.env): Promise<Process> {
    const [program, ...args] = argv;
    const output = await open(outputFile, 'a');
    try {
      if (over) throw new Error(`${program} is not started: everything is being removed`);
      const stdio: StdioOptions = ['pipe', output.fd, output.fd];
      const started = new Process(spawn(program, args, { stdio, env, detached: true }), outputFile);
      running.add(started);
      return started;
    } finally {
      await output.close();
    }
  }

  /** Ends every one at once, also those on their way into a namespace, and lets none start any more. */
  static killAll(): void {
    over = true;
    for (const one of running) one.signal('SIGKILL');
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** How it ended, or null while it runs. */
  get exit(): Exit | null {
    return this.#exit;
  }

  output(): Promise<string> {
    return readFile(this.outputFile, 'utf8');
  }

  /** Writes a line to its standard input. */
  writeLine(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#exit === null) this.child.kill(signal);
  }

  /** Sends the signal and waits for the end; SIGKILL where it takes longer than the limit. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', limitMs = 5_000): Promise<Exit> {
    this.signal(signal);
    const timer = setTimeout(() => {
      this.signal('SIGKILL');
    }, limitMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** Lets this program end while the other one runs on. */
  leave(): void {
    this.child.stdin?.end();
    this.child.unref();
  }
}
