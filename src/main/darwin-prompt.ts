/**
 * The administrator prompt of macOS, by the system's own `osascript`. The command travels as an argument, from our
 * memory to root's shell: it lies in no file that another program of the same user could change before root reads it.
 */
import { execFile } from 'node:child_process';
import type { AdministratorAnswer, AskAdministrator } from './service-start.js';

/** What the prompt says above the password field. */
const reason = 'Rayfish wants to set up its background service.';

const script = [
  'on run argv',
  'do shell script (item 1 of argv) with prompt (item 2 of argv) with administrator privileges',
  'end run',
];

/** @param command for root's /bin/sh. The script gets it as a value: nothing in it can be AppleScript. */
export function osascriptArguments(command: string): string[] {
  return [...script.flatMap((line) => ['-e', line]), command, reason];
}

/**
 * What the end of `osascript` means. It writes `0:84: execution error: MESSAGE (NUMBER)`: a negative number is of
 * AppleScript or the Security framework, another is how the command ended, and MESSAGE then what it wrote to stderr.
 * @param failed whether it ended with anything but 0
 */
export function answerOf(failed: boolean, stderr: string): AdministratorAnswer {
  if (!failed) return { kind: 'done' };
  const [, message, number] = /^\d+:\d+: [^:\n]+: ([^]*) \((-?\d+)\)\s*$/.exec(stderr) ?? [];
  switch (number) {
    case '-128': // userCanceledErr
    case '-60005': // errAuthorizationDenied: a wrong password, again and again
    case '-60006': // errAuthorizationCanceled
      return { kind: 'refused' };
    case undefined: // Not even begun: there is no AppleScript here.
    case '-1713': // errAENoUserInteraction
    case '-60007': // errAuthorizationInteractionNotAllowed
      return { kind: 'impossible' };
    default:
      // AppleScript ends lines as the first Macintosh did.
      return { kind: 'failed', output: (message ?? '').replaceAll('\r', '\n') };
  }
}

/** For macOS. */
export const askByOsascript: AskAdministrator = (command) =>
  new Promise((resolve) => {
    execFile('/usr/bin/osascript', osascriptArguments(command), (error, _stdout, stderr) => {
      resolve(answerOf(error !== null, stderr));
    });
  });
