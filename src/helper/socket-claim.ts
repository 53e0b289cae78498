/** Owning the path of a Unix socket: one listener per path, remains of a killed process replaced. */
import { statSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Somebody alive listens there. */
export class SocketInUse extends Error {
  override readonly name = 'SocketInUse';
}

/**
 * Makes `server` listen on `path`. A socket that nobody answers on is replaced, one that is answered never.
 * @throws SocketInUse, or the system's error (path too long, directory missing, …).
 */
export async function claimSocket(server: Server, path: string): Promise<void> {
  try {
    await listen(server, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    await removeStale(path);
    await listen(server, path).catch((again: unknown) => {
      throw new SocketInUse(path, { cause: again });
    });
  }
  await assertStillOurs(server, path);
}

async function removeStale(path: string): Promise<void> {
  const before = identityOf(path);
  if (await isAnswered(path)) throw new SocketInUse(path);
  // Another starter may have replaced it while we dialled.
  if (identityOf(path) !== before) throw new SocketInUse(path);
  unlinkSync(path);
}

/** Two starters may both have found the same stale socket: the later one's stays, the earlier one finds out here. */
async function assertStillOurs(server: Server, path: string): Promise<void> {
  const ours = identityOf(path);
  await delay(20);
  if (identityOf(path) === ours) return;
  server.close();
  throw new SocketInUse(path);
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => {
      settle(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      settle(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT');
    });
  });
}

function identityOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? 'none' : `${stat.ino} ${stat.ctimeNs}`;
}
