/**
 * Failures that cross a boundary (helper to client, native to helper): a stable code a program can match
 * and a sentence a person can act on. Exceptions of any other kind are bugs.
 */

/** Every failure code a client can receive, with the exit code the command line ends with. */
export const failureExitCodes = {
  /** The words given to a command are wrong: nothing was sent or changed. */
  usage: 2,
  'bad-request': 1,
  'frame-too-large': 1,
  'protocol-mismatch': 1,
  'too-many-connections': 1,
  'not-permitted': 4,
  'helper-unreachable': 3,
  'helper-untrusted': 3,
  'node-id-empty': 2,
  'node-id-length': 2,
  'node-id-alphabet': 2,
  'node-id-invalid': 2,
  'node-id-own': 1,
  'invite-malformed': 2,
  'peer-exists': 1,
  'peer-limit': 1,
  'peer-unknown': 1,
  'peer-ambiguous': 1,
  'peer-offline': 1,
  'request-unknown': 1,
  'name-invalid': 2,
  'name-taken': 1,
  'setting-unknown': 2,
  'setting-invalid': 2,
  'identity-unreadable': 1,
  'state-in-use': 1,
  'state-unwritable': 1,
  'state-untrusted': 1,
  'socket-in-use': 1,
  'socket-failed': 1,
  'not-root': 4,
  'tun-unavailable': 1,
  'tun-name-taken': 1,
  'tun-lost': 1,
  'cgnat-conflict': 1,
  'network-configuration': 1,
  'endpoint-failed': 1,
  'bundle-refused': 1,
  'service-failed': 1,
  'service-missing': 1,
  'service-unsupported': 1,
  'user-unknown': 1,
  'wrong-state': 1,
  'timed-out': 1,
  internal: 1,
} as const;

export type FailureCode = keyof typeof failureExitCodes;

export const failureCodes = Object.keys(failureExitCodes) as [FailureCode, ...FailureCode[]];

/** A failure somebody is expected to meet: `code` for programs, `message` for people. */
export class Failure extends Error {
  override readonly name = 'Failure';

  constructor(
    readonly code: FailureCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** The failure itself, or an `internal` one around anything else that was thrown. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new Failure('internal', `Something went wrong inside Rayfish: ${detail}`, { cause: thrown });
}
