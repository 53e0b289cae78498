/** Where the helper's socket is, and whether what lies there may be believed. */
import { lstat, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { Failure, toFailure } from './errors.js';

/** The socket a client dials, and a helper listens on, when nothing else was said. */
export function defaultSocketPath(platform: NodeJS.Platform = process.platform): string {
  return `${platform === 'darwin' ? '/var/run' : '/run'}/rayfish-desktop/helper.sock`;
}

/**
 * Refuses a socket that somebody other than root could have put there to listen in on what the owner types.
 * @throws Failure `helper-untrusted`, or `helper-unreachable` where there is nothing at that path.
 */
export async function assertRootOwned(path: string, rootUid = 0): Promise<void> {
  try {
    const directory = await stat(dirname(path));
    const socket = await lstat(path);
    const othersMayReplaceIt = (directory.mode & 0o022) !== 0;
    if (directory.uid === rootUid && socket.uid === rootUid && socket.isSocket() && !othersMayReplaceIt) return;
  } catch (thrown) {
    throw unreachable(path, thrown);
  }
  throw new Failure(
    'helper-untrusted',
    `${path} and its directory don’t belong to root alone, so this may not be the Rayfish helper. ` +
      'Name the path yourself to use it all the same.',
  );
}

/**
 * Opens the socket. Nothing has been said on it yet.
 * @throws Failure `helper-unreachable`, or `not-permitted` where this user may not open it.
 */
export function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once('error', (error) => {
      reject(unreachable(path, error));
    });
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function unreachable(path: string, thrown: unknown): Failure {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  const options = { cause: thrown };
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new Failure('helper-unreachable', `The Rayfish helper isn’t running: there is no ${path}.`, options);
    case 'ECONNREFUSED':
    case 'ENOTSOCK':
      return new Failure('helper-unreachable', `The Rayfish helper isn’t running: nobody listens at ${path}.`, options);
    case 'EACCES':
    case 'EPERM':
      return new Failure('not-permitted', `You may not open the Rayfish helper’s socket ${path}.`, options);
    case 'EINVAL':
    case 'ENAMETOOLONG':
      return new Failure('helper-unreachable', `${path} is too long for the path of a socket.`, options);
    default:
      return new Failure(
        'helper-unreachable',
        `The Rayfish helper can’t be reached: ${toFailure(thrown).message}`,
        options,
      );
  }
}
