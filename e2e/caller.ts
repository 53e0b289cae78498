/** A caller on the helper's socket that says exactly what it is told, as whichever user: the wire without a client. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { FrameDecoder } from '../src/shared/frame.js';
import { ipcProtocol, maxAnswerBytes, type Method } from '../src/shared/ipc-contract.js';
import { eventually } from './wait.js';

/** Somebody without any right: `nobody` on most systems. */
export const nobody = 65_534;

export interface Reply {
  id?: number | null;
  result?: unknown;
  error?: { code: string; message: string };
  event?: string;
}

/** Joins its own standard streams to the socket: the kernel sees its user as the caller. */
const joint = `
  const socket = require('node:net').connect(process.argv[1]);
  socket.on('error', () => process.exit(1));
  socket.on('end', () => process.exit(0));
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);`;

export class Caller {
  readonly #replies: Reply[] = [];
  #nextId = 1;
  #ended = false;

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    const decoder = new FrameDecoder((line) => this.#replies.push(JSON.parse(line) as Reply), maxAnswerBytes);
    child.stdout.on('data', (chunk: Buffer) => {
      decoder.push(chunk);
    });
    child.stdin.on('error', () => undefined);
    child.once('exit', () => {
      this.#ended = true;
    });
  }

  /** Connects as a user; says nothing yet. */
  static connect(socket: string, uid = 0): Caller {
    return new Caller(spawn(process.execPath, ['-e', joint, socket], { uid, gid: uid, cwd: '/', env: {} }));
  }

  /** Connects and says hello. */
  static async greet(socket: string, uid = 0): Promise<Caller> {
    const caller = Caller.connect(socket, uid);
    const reply = await caller.call('hello', { protocol: ipcProtocol, client: 'e2e' });
    if (reply.error !== undefined) throw new Error(`hello as ${uid}: ${reply.error.code}`);
    return caller;
  }

  /** Calls a method and returns the reply, whatever it is. */
  async call(method: Method, params: unknown): Promise<Reply> {
    const id = this.#nextId++;
    this.write(`${JSON.stringify({ id, method, params })}\n`);
    return this.reply(({ id: of }) => of === id);
  }

  /** Writes bytes as they are. */
  write(bytes: string | Buffer): void {
    this.child.stdin.write(bytes);
  }

  /** Waits for the first reply or event that matches. */
  reply(matches: (reply: Reply) => boolean): Promise<Reply> {
    return eventually('a reply', 10_000, () => this.#replies.find(matches), 5);
  }

  /** Waits until the helper has ended the connection. */
  async ended(limitMs = 3_000): Promise<void> {
    await eventually('the connection closed', limitMs, () => this.#ended, 10);
  }

  close(): void {
    this.child.kill('SIGKILL');
  }
}
