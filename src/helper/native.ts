/** The native data plane (`native/`): the one place that loads it, and its types for everybody else. */
import { existsSync } from 'node:fs';
// Under another name: the bundle's own preamble has a `createRequire` already.
import { createRequire as requireFrom } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Failure, failureCodes, type FailureCode } from '../shared/errors.js';
import type * as addon from '../../native/index.js';

export type DialResult = addon.DialResult;
export type NativeEvent = addon.NativeEvent;
export type EndpointOptions = addon.EndpointOptions;
export type PeerStats = addon.PeerStats;
/** A running data plane, as the engine uses it. */
export type Plane = Pick<
  addon.DataPlane,
  | 'ports'
  | 'attachTun'
  | 'detachTun'
  | 'setForwarding'
  | 'setFastPath'
  | 'setPeers'
  | 'setHello'
  | 'setLan'
  | 'dial'
  | 'sendMessage'
  | 'ping'
  | 'verify'
  | 'stats'
  | 'networkChange'
  | 'close'
>;

export type StartPlane = (options: EndpointOptions, onEvent: (event: NativeEvent) => void) => Promise<Plane>;

export interface Native {
  startPlane: StartPlane;
  /** Who is at the other end of a connected Unix socket, as the kernel knows it. */
  peerCredentials: typeof addon.peerCredentials;
  releaseMemory: typeof addon.releaseMemory;
}

/** @throws Failure `internal` where the addon was not built. */
export function loadNative(): Native {
  // Beside dist/ when bundled, two levels up when run from src/helper/.
  const candidates = ['../native/index.node', '../../native/index.node'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const path = candidates.find((candidate) => existsSync(candidate));
  if (path === undefined) throw new Failure('internal', 'The data plane is not built. Build it with: npm run build');
  const { DataPlane, peerCredentials, releaseMemory } = requireFrom(import.meta.url)(path) as typeof addon;
  return { startPlane: (options, onEvent) => DataPlane.start(options, onEvent), peerCredentials, releaseMemory };
}

/** A failure of the data plane (its message is `<code>: <words>`) as a typed one. */
export function nativeFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const [, code = '', words = ''] = /^([a-z-]+): (.*)$/s.exec(message) ?? [];
  if (!isFailureCode(code)) return new Failure('internal', `The data plane failed: ${message}`, { cause: thrown });
  return new Failure(code, `${consequences[code] ?? 'The data plane failed'}: ${words}.${remedies[code] ?? ''}`, {
    cause: thrown,
  });
}

const consequences: Partial<Record<FailureCode, string>> = {
  'endpoint-failed': 'Rayfish cannot open its network sockets',
  'tun-unavailable': 'Rayfish cannot make its tunnel device',
  'tun-name-taken': 'Rayfish cannot use this name for its tunnel device',
  'not-root': 'Rayfish may not make its tunnel device',
  'peer-offline': 'This peer cannot be reached now',
  'timed-out': 'This peer did not answer',
};

const remedies: Partial<Record<FailureCode, string>> =
  process.platform === 'linux'
    ? { 'tun-unavailable': ' It needs /dev/net/tun; “sudo modprobe tun” loads its driver.' }
    : {};

function isFailureCode(code: string): code is FailureCode {
  return failureCodes.some((known) => known === code);
}
