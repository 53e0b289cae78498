/** For tests: a helper that speaks the contract on a real Unix socket and answers what the test says. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure, toFailure } from '../shared/errors.js';
import { FrameDecoder, encodeFrame } from '../shared/frame.js';
import {
  ipcProtocol,
  maxAnswerBytes,
  methods,
  requestFrameSchema,
  type EventData,
  type EventName,
  type Level,
  type Method,
  type Params,
  type Result,
} from '../shared/ipc-contract.js';
import type { PeerStatus, Status } from '../shared/status.js';

type Answers = { [M in Method]?: (params: Params<M>) => Result<M> | Promise<Result<M>> };

export const bobId = 'b0b'.padEnd(64, '1');
export const ownId = 'a11ce'.padEnd(64, '2');

/** A connected peer named bob, but for what is given. */
export function peer(parts: Partial<PeerStatus> = {}): PeerStatus {
  return {
    id: bobId,
    name: 'bob',
    named: true,
    claimedName: 'bob',
    state: 'connected',
    ipv4: '100.64.3.4',
    ipv6: '200:db8::4',
    allow: 'everything',
    path: { kind: 'direct', carrier: 'quic', carrierReason: 'the only one', remote: '192.0.2.7:45820', rttMs: 12.3 },
    txBytes: 1_500,
    rxBytes: 23_000_000,
    drops: 0,
    lastSeen: null,
    problem: null,
    ...parts,
  };
}

/** The status of a machine that is up, knows nobody and lacks nothing, but for what is given. */
export function status(parts: Partial<Status> = {}): Status {
  return {
    state: 'up',
    failure: null,
    wish: 'up',
    version: '0.1.0',
    nodeId: ownId,
    name: 'laptop',
    ipv4: '100.64.1.2',
    ipv6: '200:db8::2',
    tun: { name: 'rayfish0', mtu: 1280 },
    ipv6Only: false,
    ports: [45820],
    warnings: [],
    requests: [],
    drops: {},
    peers: [],
    ...parts,
  };
}

export class FakeHelper {
  /** Everything called after hello, in order. */
  readonly calls: { method: string; params: unknown }[] = [];
  level: Level = 'root';
  readonly #connections = new Set<Socket>();
  readonly #server: Server;

  private constructor(
    private readonly directory: string,
    private readonly answers: Answers,
  ) {
    this.#server = createServer((socket) => {
      this.#serve(socket);
    });
  }

  /** Listens in a directory of its own. */
  static async start(answers: Answers = {}): Promise<FakeHelper> {
    const helper = new FakeHelper(await mkdtemp(join(tmpdir(), 'rayfish-cli-')), answers);
    await helper.listen();
    return helper;
  }

  get socketPath(): string {
    return join(this.directory, 'helper.sock');
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(this.socketPath, resolve);
    });
  }

  /** Stops listening and hangs up, as a helper that is restarted does. */
  hangUp(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
      for (const socket of this.#connections) socket.destroy();
    });
  }

  async stop(): Promise<void> {
    if (this.#server.listening) await this.hangUp();
    await rm(this.directory, { recursive: true });
  }

  emit<E extends EventName>(event: E, data: EventData<E>): void {
    this.send({ event, data });
  }

  /** Anything at all, to every client. */
  send(frame: unknown): void {
    for (const socket of this.#connections) socket.write(encodeFrame(frame, maxAnswerBytes));
  }

  #serve(socket: Socket): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    // A client may be gone before its answer.
    socket.on('error', () => undefined);
    const decoder = new FrameDecoder((line) => {
      const { id, method, params } = requestFrameSchema.parse(JSON.parse(line));
      void this.#answer(method, params).then(
        (result) => socket.write(encodeFrame({ id, result }, maxAnswerBytes)),
        (thrown: unknown) => {
          const { code, message } = toFailure(thrown);
          socket.write(encodeFrame({ id, error: { code, message } }));
        },
      );
    });
    socket.on('data', (chunk) => {
      decoder.push(chunk);
    });
  }

  async #answer(name: string, raw: unknown): Promise<unknown> {
    const method = name as Method;
    const params = methods[method].params.parse(raw);
    const answer = this.answers[method] as ((params: unknown) => unknown) | undefined;
    if (answer !== undefined) {
      if (method !== 'hello') this.calls.push({ method, params });
      return await answer(params);
    }
    if (method === 'hello') return { protocol: ipcProtocol, version: '0.1.0', level: this.level };
    this.calls.push({ method, params });
    if (method === 'subscribe') return {};
    throw new Failure('bad-request', `This test has no answer to ${method}.`);
  }
}
