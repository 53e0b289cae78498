/** The helper's socket: who connects, how many, and what they are told of. */
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { Failure } from '../shared/errors.js';
import type { Level, LogLine } from '../shared/ipc-contract.js';
import type { Status } from '../shared/status.js';
import { levelOf, mayDo, visibleStatus } from './authorization.js';
import { IpcConnection } from './ipc-connection.js';
import type { Handlers } from './ipc-handlers.js';
import type { Operators } from './operators.js';
import { SocketInUse, claimSocket } from './socket-claim.js';
import { StatusFeed, type StatusEvent } from './status-feed.js';

const maxConnectionsPerUser = 16;

export interface IpcServerParts {
  handlers: Handlers;
  operators: Pick<Operators, 'has'>;
  status: () => Status;
  /** User ID of the process at the other end. @throws where the kernel does not say */
  uidOf: (socket: Socket) => number;
}

/** An audience sees the same parts of the status. */
type Audience = Exclude<Level, 'root'>;

export class IpcServer {
  readonly #server: Server;
  readonly #connections = new Map<IpcConnection, { uid: number; socket: Socket }>();
  readonly #feeds: Record<Audience, StatusFeed>;

  constructor(private readonly parts: IpcServerParts) {
    this.#server = createServer((socket) => {
      this.#accept(socket);
    });
    this.#feeds = { anyone: this.#feed('anyone'), operator: this.#feed('operator') };
  }

  /** @throws Failure `socket-in-use` or `socket-failed` */
  async listen(path: string): Promise<void> {
    try {
      await claimSocket(this.#server, path);
      // Everybody may connect; what they may do is decided by who they are.
      chmodSync(path, 0o666);
    } catch (error) {
      if (error instanceof SocketInUse) {
        throw new Failure('socket-in-use', `Another Rayfish helper answers at ${path}.`, { cause: error });
      }
      const detail = error instanceof Error ? error.message : String(error);
      throw new Failure('socket-failed', `The helper’s socket cannot be made at ${path} (${detail}).`, {
        cause: error,
      });
    }
  }

  /** The status may tell something new. */
  statusChanged(): void {
    for (const feed of Object.values(this.#feeds)) feed.changed();
  }

  log(line: LogLine): void {
    for (const connection of this.#connections.keys()) {
      if (connection.followsLogs && mayDo(connection.level, 'operator')) connection.sendEvent('log', line);
    }
  }

  /** Ends every connection; the socket's file is removed. */
  async close(): Promise<void> {
    for (const feed of Object.values(this.#feeds)) feed.stop();
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const { socket } of this.#connections.values()) socket.destroySoon();
    await closed;
  }

  #accept(socket: Socket): void {
    let uid: number;
    try {
      uid = this.parts.uidOf(socket);
    } catch {
      // Nobody is believed without the kernel's word; a client that left already is met here too.
      socket.destroy();
      return;
    }
    const connection = new IpcConnection(socket, {
      handlers: this.parts.handlers,
      level: () => levelOf(uid, this.parts.operators),
      onSubscribe: () => {
        for (const feed of Object.values(this.#feeds)) feed.start();
      },
    });
    const others = [...this.#connections.values()].filter((other) => other.uid === uid).length;
    this.#connections.set(connection, { uid, socket });
    socket.once('close', () => {
      this.#connections.delete(connection);
      if ([...this.#connections.keys()].some(({ subscribed }) => subscribed)) return;
      for (const feed of Object.values(this.#feeds)) feed.stop();
    });
    if (uid !== 0 && others >= maxConnectionsPerUser) {
      connection.refuse(
        new Failure('too-many-connections', 'This user has too many connections to the Rayfish helper.'),
      );
    }
  }

  #feed(audience: Audience): StatusFeed {
    return new StatusFeed(
      () => visibleStatus(this.parts.status(), audience),
      (event) => {
        this.#publish(audience, event);
      },
    );
  }

  #publish(audience: Audience, { event, data }: StatusEvent): void {
    for (const connection of this.#connections.keys()) {
      const seesAll = mayDo(connection.level, 'operator');
      if (connection.subscribed && seesAll === (audience === 'operator')) connection.sendEvent(event, data);
    }
  }
}
