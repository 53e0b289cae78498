/** One client: its requests parsed and answered, events sent, all of it bounded. */
import type { Socket } from 'node:net';
import { Failure, toFailure } from '../shared/errors.js';
import { FrameDecoder, encodeFrame } from '../shared/frame.js';
import {
  maxAnswerBytes,
  methods,
  requestFrameSchema,
  type EventName,
  type Level,
  type Method,
} from '../shared/ipc-contract.js';
import { assertPermitted } from './authorization.js';
import type { Handlers } from './ipc-handlers.js';

/** While this much waits to be read by a client, it is asked nothing more; events beyond it end the connection. */
const maxBuffered = 1024 * 1024;
/** Requests answered at once; more wait. */
const maxPending = 32;
const helloTimeoutMs = 10_000;

export interface ConnectionParts {
  handlers: Handlers;
  /** What the caller may do now: operators come and go. */
  level: () => Level;
  /** The client wants status events. */
  onSubscribe: () => void;
}

export class IpcConnection {
  #greeted = false;
  #subscribed = false;
  #followsLogs = false;
  #pending = 0;
  /** Requests that were read and not begun; nothing is read while there are any. */
  #waiting: string[] = [];
  #begun = 0;
  #working = false;
  /** What made the stream unreadable, told once what came before it is answered. */
  #fault: Failure | null = null;

  constructor(
    private readonly socket: Socket,
    private readonly parts: ConnectionParts,
  ) {
    const decoder = new FrameDecoder((text) => this.#waiting.push(text));
    socket.on('data', (chunk: Buffer) => {
      try {
        decoder.push(chunk);
      } catch (thrown) {
        this.#fault = toFailure(thrown);
      }
      socket.pause();
      this.#work();
    });
    socket.on('drain', () => {
      this.#work();
    });
    socket.on('error', () => socket.destroy());
    const timer = setTimeout(() => {
      if (!this.#greeted) socket.destroy();
    }, helloTimeoutMs).unref();
    socket.once('close', () => {
      clearTimeout(timer);
    });
  }

  get level(): Level {
    return this.parts.level();
  }

  get subscribed(): boolean {
    return this.#subscribed;
  }

  get followsLogs(): boolean {
    return this.#followsLogs;
  }

  sendEvent(event: EventName, data: unknown): void {
    if (this.socket.writableLength > maxBuffered) this.socket.destroy();
    this.#send({ event, data });
  }

  /** Says why and ends. */
  refuse(failure: Failure): void {
    this.socket.removeAllListeners('data');
    this.#send({ id: null, error: { code: failure.code, message: failure.message } });
    this.socket.end();
    // Whoever goes on sending is not waited for.
    this.socket.resume();
    setTimeout(() => this.socket.destroy(), 1000).unref();
  }

  /** Begins one request, then lets the event loop turn: nobody's flood keeps others waiting. */
  #work(): void {
    const busy = this.#pending >= maxPending || this.socket.writableLength > maxBuffered;
    if (this.#working || busy || this.socket.destroyed) return;
    const text = this.#waiting[this.#begun++];
    if (text === undefined) {
      this.#waiting = [];
      this.#begun = 0;
      if (this.#fault === null) this.socket.resume();
      else if (this.#pending === 0) this.refuse(this.#fault);
      return;
    }
    this.#working = true;
    void this.#request(text);
    setImmediate(() => {
      this.#working = false;
      this.#work();
    });
  }

  async #request(text: string): Promise<void> {
    this.#pending++;
    let id: number | null = null;
    try {
      const request = parseRequest(text);
      id = request.id;
      this.#send({ id, result: await this.#call(request.method, request.params) });
    } catch (thrown) {
      const { code, message } = toFailure(thrown);
      this.#send({ id, error: { code, message } });
      if (code === 'protocol-mismatch') this.socket.end();
    }
    this.#pending--;
    this.#work();
  }

  /** The answer, or a promise of it. */
  #call(name: string, params: unknown): unknown {
    const method = methodOf(name);
    if (!this.#greeted && method !== 'hello') {
      throw new Failure('bad-request', 'The first request on a connection must be “hello”.');
    }
    assertPermitted(this.level, method);
    const parsed = methods[method].params.safeParse(params ?? {});
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new Failure(
        'bad-request',
        `Wrong parameters for ${method}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`,
      );
    }
    const result = this.#handler(method)(parsed.data, {
      level: this.level,
      subscribe: () => {
        this.#subscribed = true;
        this.parts.onSubscribe();
      },
      followLogs: () => {
        this.#followsLogs = true;
      },
    });
    // Before anything is awaited: the next request may be here already.
    if (method === 'hello') this.#greeted = true;
    return result;
  }

  /** The contract ties a method's parameters to its handler; the compiler cannot follow that through a lookup. */
  #handler(method: Method): (params: unknown, caller: Parameters<Handlers['hello']>[1]) => unknown {
    return this.parts.handlers[method] as (params: unknown, caller: Parameters<Handlers['hello']>[1]) => unknown;
  }

  #send(frame: unknown): void {
    if (this.socket.destroyed || this.socket.writableEnded) return;
    let bytes: Buffer;
    try {
      bytes = encodeFrame(frame, maxAnswerBytes);
    } catch {
      const id = typeof frame === 'object' && frame !== null && 'id' in frame ? frame.id : null;
      const { code, message } = new Failure('frame-too-large', 'The answer is larger than a message may be.');
      bytes = encodeFrame({ id, error: { code, message } });
    }
    this.socket.write(bytes);
  }
}

function parseRequest(text: string): { id: number; method: string; params?: unknown } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new Failure('bad-request', 'This is not a request: it is not JSON.', { cause: thrown });
  }
  const parsed = requestFrameSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new Failure('bad-request', 'This is not a request: it needs a number “id” and a text “method”.');
}

function methodOf(name: string): Method {
  if (Object.hasOwn(methods, name)) return name as Method;
  throw new Failure('bad-request', `There is no method “${name}”.`);
}
