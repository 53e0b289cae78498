/** Change notices from a command that prints a line for every change (`ip monitor`, `route -n monitor`). */
import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Runner } from './runner.js';

const gatherMs = 150;
const firstRestartMs = 1_000;
const longestRestartMs = 30_000;

/**
 * Calls back 150 ms after the first line of a burst; what is printed is only a trigger. When the command ends it
 * is started again with growing pauses, and a callback covers what was missed. The child and the timers do not
 * keep the process alive; killed with us unheard, it ends itself at its next line, its pipe being closed.
 * @returns the function that stops it.
 */
export function watchCommand(
  runner: Runner,
  command: string,
  args: readonly string[],
  onChange: () => void,
): () => void {
  let child: ChildProcess | null = null;
  let gathering: NodeJS.Timeout | null = null;
  let restarting: NodeJS.Timeout | null = null;
  let restartMs = firstRestartMs;
  let stopped = false;

  const notice = (): void => {
    gathering ??= setTimeout(() => {
      gathering = null;
      onChange();
    }, gatherMs).unref();
  };
  const reported = (): void => {
    restartMs = firstRestartMs;
    notice();
  };
  const ended = (): void => {
    child = null;
    if (stopped || restarting !== null) return;
    restarting = setTimeout(() => {
      restarting = null;
      start();
      notice();
    }, restartMs).unref();
    restartMs = Math.min(restartMs * 2, longestRestartMs);
  };
  const start = (): void => {
    child = runner.follow(command, args);
    child.unref();
    // A pipe of a child process is a socket; the type says less.
    (child.stdout as Socket | null)?.unref();
    child.stdout?.on('data', reported);
    // 'error' alone comes where the program does not exist, 'exit' alone where it ran.
    child.on('error', ended);
    child.on('exit', ended);
  };

  start();
  return (): void => {
    stopped = true;
    if (gathering !== null) clearTimeout(gathering);
    if (restarting !== null) clearTimeout(restarting);
    child?.stdout?.removeAllListeners('data');
    child?.kill('SIGKILL');
  };
}
