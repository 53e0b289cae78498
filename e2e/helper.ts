/** One helper on a machine, with its own state and socket, and the command line that talks to it. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectHelper } from '../src/shared/ipc-client.js';
import type { CallParams, Method, Result } from '../src/shared/ipc-contract.js';
import type { PeerStatus, Status } from '../src/shared/status.js';
import { run, type Argv, type Outcome } from './command.js';
import type { Machine } from './machine.js';
import type { Exit, Process } from './process.js';
import { eventually } from './wait.js';

/** The product, as a user starts it. */
export const rayfish = fileURLToPath(new URL('../bin/rayfish', import.meta.url));

export interface HelperOptions {
  /** Further words for `rayfish helper`. */
  arguments?: readonly string[];
  /** Words before it, for a helper that runs in a changed environment (`unshare …`). */
  prefix?: readonly string[];
  /** The relay to use; without one it uses none. */
  relay?: string;
  /** Where its state is, when not in its own directory. */
  stateDirectory?: string;
  /** Where its socket is, when not in its own directory. */
  socket?: string;
}

export class Helper {
  readonly stateDirectory: string;
  readonly socket: string;
  #process: Process | null = null;
  #nodeId = '';

  /** Use `World.helper` or `prepare`; `start` starts it. */
  constructor(
    readonly name: string,
    readonly machine: Machine,
    private readonly directory: string,
    private readonly options: HelperOptions = {},
  ) {
    this.stateDirectory = options.stateDirectory ?? join(directory, 'state');
    this.socket = options.socket ?? join(directory, 'run', 'helper.sock');
  }

  /** Its node ID, known from the first time it was ready on. */
  get id(): string {
    if (this.#nodeId === '') throw new Error(`${this.name} has no node ID yet`);
    return this.#nodeId;
  }

  get process(): Process {
    if (this.#process === null) throw new Error(`${this.name} was not started`);
    return this.#process;
  }

  /** Starts the program without waiting for anything. */
  async launch(): Promise<Process> {
    await mkdir(this.directory, { recursive: true });
    const helper: Argv = [rayfish, 'helper', '--state-dir', this.stateDirectory, '--socket', this.socket];
    const offline = ['--relay', this.options.relay ?? 'none', '--discovery', 'none'];
    const words: string[] = [...(this.options.prefix ?? []), ...helper, ...offline, ...(this.options.arguments ?? [])];
    const [program = rayfish, ...rest] = words;
    this.#process = await this.machine.start([program, ...rest]);
    return this.#process;
  }

  /** Starts it and waits until it has come to rest: up, in standby or failed. */
  async start(): Promise<Status> {
    const process = await this.launch();
    const status = await eventually(`${this.name} ready`, 15_000, async () => {
      if (process.exit !== null) throw new Error(`it ended: ${(await process.output()).slice(-1500)}`);
      const now = await this.status();
      return now.state !== 'starting' && now.state !== 'stopped' && now;
    });
    this.#nodeId = status.nodeId;
    return status;
  }

  /** Ends it in order. */
  stop(): Promise<Exit> {
    return this.process.stop('SIGTERM', 10_000);
  }

  /** Ends it without giving it a chance. */
  kill(): Promise<Exit> {
    return this.process.stop('SIGKILL');
  }

  /** Calls one method as root over a connection of its own. */
  async call<M extends Method>(method: M, params: CallParams<M>): Promise<Result<M>> {
    const client = await connectHelper(this.socket, { client: 'e2e', trustPath: true });
    try {
      return await client.call(method, params);
    } finally {
      client.close();
    }
  }

  status(): Promise<Status> {
    return this.call('status', {});
  }

  /** The status of one peer, by the helper that it is. */
  async peer(other: { readonly id: string }): Promise<PeerStatus> {
    const peer = (await this.status()).peers.find(({ id }) => id === other.id);
    if (peer === undefined) throw new Error(`${this.name} has no such peer`);
    return peer;
  }

  /** Waits until the status satisfies `holds`; a failing expectation inside counts as not yet. */
  until(what: string, limitMs: number, holds: (status: Status) => boolean): Promise<Status> {
    return eventually(`${this.name}: ${what}`, limitMs, async () => {
      const status = await this.status();
      if (holds(status)) return status;
      throw new Error(`last status ${JSON.stringify(status)}`);
    });
  }

  /** Waits until a peer is in one of the states. */
  untilPeer(other: { readonly id: string }, state: PeerStatus['state'], limitMs = 8_000): Promise<Status> {
    const isSo = ({ id, state: now }: PeerStatus): boolean => id === other.id && now === state;
    return this.until(`peer ${state}`, limitMs, ({ peers }) => peers.some(isSo));
  }

  /** Runs the command line against this helper. */
  cli(...words: string[]): Promise<Outcome> {
    return run([rayfish, '--socket', this.socket, ...words]);
  }

  /** Runs a command that has to succeed and returns what it printed. */
  async mustCli(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.cli(...words);
    if (code === 0) return stdout;
    throw new Error(`rayfish ${words.join(' ')} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
  }

  /** What a command prints with `--json`. */
  async json(...words: string[]): Promise<unknown> {
    return JSON.parse(await this.mustCli(...words, '--json'));
  }

  /** Everything it has said since its first start. */
  async log(): Promise<string> {
    return this.#process === null ? '' : this.#process.output();
  }

  /** Resident memory of the process in kB. */
  async residentKb(): Promise<number> {
    const status = await readFile(`/proc/${this.process.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]);
  }

  statePath(file: string): string {
    return join(this.stateDirectory, file);
  }

  readState(file: string): Promise<string> {
    return readFile(this.statePath(file), 'utf8');
  }
}
