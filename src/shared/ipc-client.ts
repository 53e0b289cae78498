/**
 * The client's end of the contract with the helper. One `IpcClient` is one connection: it never reconnects by
 * itself; whoever needs that waits for `closed` and connects again.
 */
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { z } from 'zod';
import { Failure, toFailure } from './errors.js';
import { FrameDecoder, encodeFrame } from './frame.js';
import { assertRootOwned, openSocket } from './helper-socket.js';
import {
  events,
  ipcProtocol,
  maxAnswerBytes,
  methods,
  replyFrameSchema,
  type CallParams,
  type EventData,
  type EventName,
  type Level,
  type Method,
  type Result,
} from './ipc-contract.js';

export interface ConnectOptions {
  /** Who calls, for the helper's log: `name/version`. */
  client: string;
  /** True where the user named the path: then it need not belong to root. */
  trustPath?: boolean;
  /** How long the helper may take to say hello. */
  timeoutMs?: number;
}

const helloTimeoutMs = 5_000;
const callTimeoutMs = 30_000;

interface Pending {
  succeed(result: unknown): void;
  fail(failure: Failure): void;
}

type Listener = (event: string, data: unknown) => void;

/**
 * Dials the helper and says hello.
 * @throws Failure `helper-unreachable`, `helper-untrusted`, `not-permitted`, `protocol-mismatch`, or whatever the
 *   helper answers (`too-many-connections`).
 */
export async function connectHelper(path: string, options: ConnectOptions): Promise<IpcClient> {
  if (options.trustPath !== true) await assertRootOwned(path);
  const client = new IpcClient(await openSocket(path));
  try {
    await client.greet(options.client, options.timeoutMs ?? helloTimeoutMs);
    return client;
  } catch (thrown) {
    client.close();
    throw thrown;
  }
}

export class IpcClient {
  /** Resolves once the connection has ended, with the reason. */
  readonly closed: Promise<Failure>;
  #level: Level = 'anyone';
  #helperVersion = '';
  #end: Failure | null = null;
  #resolveClosed!: (reason: Failure) => void;
  #nextId = 1;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<Listener>();

  /** Use `connectHelper`: a client that has not said hello is refused everything. */
  constructor(private readonly socket: Socket) {
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    void this.#read();
  }

  /** What this caller may do, as the helper sees it. */
  get level(): Level {
    return this.#level;
  }

  get helperVersion(): string {
    return this.#helperVersion;
  }

  /**
   * Calls one method and parses its answer.
   * @throws Failure the helper's own, `timed-out`, `helper-unreachable` where the connection ends first, or
   *   `protocol-mismatch` where the answer makes no sense.
   */
  async call<M extends Method>(method: M, params: CallParams<M>, timeoutMs = callTimeoutMs): Promise<Result<M>> {
    const answer = await this.#request(method, params, timeoutMs);
    const schema: z.ZodType = methods[method].result;
    return this.#parse(schema, answer, `answer to ${method}`) as Result<M>;
  }

  /** Calls `listener` for each such event, in the helper's order. Returns how to stop. */
  on<E extends EventName>(name: E, listener: (data: EventData<E>) => void): () => void {
    const listen: Listener = (event, data) => {
      if (event === name) listener(data as EventData<E>);
    };
    this.#listeners.add(listen);
    return () => this.#listeners.delete(listen);
  }

  close(): void {
    this.#finish(new Failure('helper-unreachable', 'The connection to the Rayfish helper was closed.'));
  }

  /** Says hello; `connectHelper` does. */
  async greet(client: string, timeoutMs: number): Promise<void> {
    const hello = await this.call('hello', { protocol: ipcProtocol, client }, timeoutMs).catch((thrown: unknown) => {
      if (thrown instanceof Failure && thrown.code === 'timed-out') {
        throw new Failure('helper-unreachable', 'The Rayfish helper is there but does not answer.', { cause: thrown });
      }
      throw thrown;
    });
    if (hello.protocol !== ipcProtocol) throw mismatch(`it speaks protocol ${hello.protocol}, we speak ${ipcProtocol}`);
    this.#level = hello.level;
    this.#helperVersion = hello.version;
  }

  #request(method: string, params: unknown, timeoutMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#end !== null) {
        reject(this.#end);
        return;
      }
      const id = this.#nextId++;
      const frame = encodeFrame({ id, method, params });
      const timer = setTimeout(() => {
        this.#pending
          .get(id)
          ?.fail(new Failure('timed-out', `The Rayfish helper did not answer within ${timeoutMs / 1000} s.`));
      }, timeoutMs);
      const settle = (): void => {
        clearTimeout(timer);
        this.#pending.delete(id);
      };
      this.#pending.set(id, {
        succeed: (result) => {
          settle();
          resolve(result);
        },
        fail: (failure) => {
          settle();
          reject(failure);
        },
      });
      this.socket.write(frame);
    });
  }

  /** One frame a turn: whoever awaited an answer goes on before the event behind it is handed out. */
  async #read(): Promise<void> {
    const lines: string[] = [];
    const decoder = new FrameDecoder((line) => lines.push(line), maxAnswerBytes);
    try {
      for await (const chunk of this.socket as AsyncIterable<Buffer>) {
        decoder.push(chunk);
        for (const line of lines.splice(0)) {
          this.#receive(line);
          await nextTurn();
        }
      }
      this.#finish(new Failure('helper-unreachable', 'The Rayfish helper has stopped.'));
    } catch (thrown) {
      const lost = new Failure('helper-unreachable', 'The connection to the Rayfish helper broke.', { cause: thrown });
      this.#finish(thrown instanceof Failure ? thrown : lost);
    }
  }

  #receive(line: string): void {
    const frame = this.#parse(replyFrameSchema, parseJson(line), 'message');
    if ('event' in frame) {
      this.#emit(frame.event, frame.data);
    } else if ('result' in frame) {
      this.#pending.get(frame.id)?.succeed(frame.result);
    } else {
      const failure = new Failure(frame.error.code, frame.error.message);
      // About no request in particular: the helper is done with this connection.
      if (frame.id === null) this.#finish(failure);
      else this.#pending.get(frame.id)?.fail(failure);
    }
  }

  #emit(event: string, data: unknown): void {
    if (!isEventName(event)) return;
    const parsed = this.#parse<unknown>(events[event], data, `event ${event}`);
    for (const listener of this.#listeners) listener(event, parsed);
  }

  #parse<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw mismatch(`its ${what} can’t be understood`, parsed.error);
  }

  #finish(reason: Failure): void {
    if (this.#end !== null) return;
    this.#end = reason;
    this.socket.destroy();
    for (const pending of this.#pending.values()) pending.fail(reason);
    this.#resolveClosed(reason);
  }
}

function mismatch(detail: string, cause?: unknown): Failure {
  return new Failure(
    'protocol-mismatch',
    `The running Rayfish helper is of another version than this program: ${detail}. Restart the helper.`,
    { cause },
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw mismatch('it sent something that is not JSON', toFailure(thrown));
  }
}

function isEventName(name: string): name is EventName {
  return Object.hasOwn(events, name);
}
