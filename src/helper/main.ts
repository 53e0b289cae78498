/** `rayfish helper`: everything wired together, from the state directory to the socket, until a signal ends it. */
import { mkdirSync, statSync } from 'node:fs';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { Failure } from '../shared/errors.js';
import type { Settings } from '../shared/ipc-contract.js';
import { version } from '../shared/version.js';
import { Engine } from './engine.js';
import { createHandlers } from './ipc-handlers.js';
import { IpcServer } from './ipc-server.js';
import { Logs, formatLogLine } from './logs.js';
import { collectWhileIdle, keepMemorySmall } from './memory.js';
import { loadNative, type Native } from './native.js';
import { createNetwork } from './network/create-network.js';
import { StateLock } from './state-lock.js';
import { openState } from './state.js';

export interface HelperOptions {
  socketPath: string;
  /** Default: this platform's place. */
  stateDir?: string;
  /** Fixed device name; default: the first free one. */
  tunName?: string;
  /** False: AES is not used for the fast path, as on a processor without instructions for it. */
  hardwareAes: boolean;
  /** Datagrams after which the fast path takes new keys, where that is sooner than it has to. */
  rekeyAfter?: number;
  /** Settings that command-line flags fix while this helper runs. */
  overrides: Partial<Settings>;
}

/**
 * Runs the helper until SIGTERM or SIGINT has ended it in order (a second signal ends it at once).
 * @throws Failure `not-root`, `state-in-use`, `state-unwritable`, `state-untrusted`, `socket-in-use`, `socket-failed` or
 *   `network-configuration` where it cannot even be reached; everything later is a state clients can see.
 */
export async function runHelper(options: HelperOptions): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Failure('not-root', 'The Rayfish helper makes a tunnel device and routes, so it must run as root.');
  }
  if (options.tunName !== undefined && !/^[A-Za-z0-9_.-]{1,15}$/.test(options.tunName)) {
    throw new Failure(
      'usage',
      `‘${options.tunName}’ cannot be the name of a tunnel device: 1 to 15 letters, digits, dots, dashes.`,
    );
  }
  keepMemorySmall();
  // Whoever reads what we print may go: that ends other commands, and must not end the helper.
  for (const output of [process.stdout, process.stderr])
    output.removeAllListeners('error').on('error', () => undefined);
  process.umask(0o022);
  const stateDir = options.stateDir ?? defaultStateDir();
  const network = createNetwork();
  const native = loadNative();
  const lock = await lockState(stateDir);
  try {
    const logs = new Logs(stateDir);
    logs.listen((line) => {
      process.stderr.write(`${formatLogLine(line)}\n`);
    });
    const state = openState(stateDir, options.overrides);
    const tunName = options.tunName ?? null;
    const { hardwareAes, rekeyAfter = null } = options;
    const { startPlane } = native;
    const engine = new Engine({ state, network, startPlane, logs, tunName, hardwareAes, rekeyAfter });
    const server = new IpcServer({
      handlers: createHandlers({ engine, state, logs }),
      operators: state.operators,
      status: () => engine.status(),
      uidOf: (socket) => uidOf(native, socket),
    });
    logs.listen((line) => {
      server.log(line);
    });
    engine.listen(() => {
      server.statusChanged();
    });

    await openSocket(server, options.socketPath);
    const signal = nextSignal();
    await engine.start();
    process.stdout.write(`Rayfish helper ${version} ready on ${options.socketPath}\n`);
    collectWhileIdle(native.releaseMemory);
    logs.info(`Ends because of ${await signal}.`);
    try {
      await engine.stop();
    } finally {
      await server.close();
    }
  } finally {
    await lock.release();
  }
}

function defaultStateDir(): string {
  return process.platform === 'darwin' ? '/Library/Application Support/Rayfish Desktop' : '/var/lib/rayfish-desktop';
}

async function lockState(stateDir: string): Promise<StateLock> {
  try {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Failure('state-unwritable', `The state directory ${stateDir} cannot be made (${detail}).`, {
      cause: error,
    });
  }
  const { uid, mode } = statSync(stateDir);
  if (uid !== 0 || (mode & 0o022) !== 0) {
    throw new Failure(
      'state-untrusted',
      `Others than root can write to the state directory ${stateDir}, and with it decide whom Rayfish obeys. ` +
        `If what is in it is yours: chown root "${stateDir}" && chmod 700 "${stateDir}"`,
    );
  }
  return StateLock.take(stateDir);
}

async function openSocket(server: IpcServer, path: string): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new Failure('socket-failed', `The directory of the socket ${path} cannot be made (${detail}).`, {
      cause: error,
    });
  }
  await server.listen(path);
}

/** Resolves with the first signal to end; the second one ends the process on the spot. */
function nextSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let signalled = false;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (signalled) process.exit(1);
      signalled = true;
      resolve(signal);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    // The terminal was closed; without this the routes would stay.
    process.on('SIGHUP', onSignal);
  });
}

function uidOf(native: Native, socket: Socket): number {
  // Node has no public way to a socket's descriptor; this one has been there in every version.
  const { _handle: handle } = socket as unknown as { _handle: { fd?: number } | null };
  if (handle?.fd === undefined) throw new Error('the connection is closed');
  return native.peerCredentials(handle.fd).uid;
}
