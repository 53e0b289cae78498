/** One helper per state directory: the lock is a listening socket, so that it ends with its process, however that ends. */
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Failure } from '../shared/errors.js';
import { SocketInUse, claimSocket } from './socket-claim.js';

export class StateLock {
  private constructor(private readonly server: Server) {}

  /** @throws Failure `state-in-use` or `state-unwritable` */
  static async take(stateDir: string): Promise<StateLock> {
    const server = createServer((socket) => socket.destroy());
    try {
      await claimSocket(server, join(stateDir, 'helper.lock'));
    } catch (error) {
      if (error instanceof SocketInUse) {
        throw new Failure('state-in-use', `Another Rayfish helper is running with the state in ${stateDir}.`, {
          cause: error,
        });
      }
      const detail = error instanceof Error ? error.message : String(error);
      throw new Failure('state-unwritable', `The state directory ${stateDir} cannot be used (${detail}).`, {
        cause: error,
      });
    }
    return new StateLock(server);
  }

  /** Lets go; the lock's file is removed. */
  async release(): Promise<void> {
    await new Promise<void>((resolve) =>
      this.server.close(() => {
        resolve();
      }),
    );
  }
}
