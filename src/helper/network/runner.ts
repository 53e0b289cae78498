/** How the host's network commands are started; tests put another network namespace in front of them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { Failure } from '../../shared/errors.js';

export interface CommandResult {
  /** Exit code; anything but 0 is the caller's to judge. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface Runner {
  /**
   * Runs a command to its end; it has five seconds.
   * @param input text for its standard input.
   * @throws CommandMissing when there is no such program; Failure `timed-out` when it was ended for taking too long.
   */
  run(command: string, args: readonly string[], input?: string): Promise<CommandResult>;
  /** Starts a command that keeps reporting on its standard output and does not keep this process alive. */
  follow(command: string, args: readonly string[]): ChildProcess;
}

/** The program is not installed. */
export class CommandMissing extends Error {
  constructor(readonly command: string) {
    super(`${command} is not installed`);
  }
}

/** A full Internet routing table, as text, fits. */
const maxBuffer = 256 * 1024 * 1024;

/**
 * @param prefix words put in front of every command
 * @param timeoutMs how long one command may take
 */
export function processRunner(prefix: readonly string[] = [], timeoutMs = 5_000): Runner {
  const words = (command: string, args: readonly string[]): [string, string[]] => {
    const [program = command, ...rest] = [...prefix, command, ...args];
    return [program, rest];
  };
  return {
    run(command, args, input) {
      return new Promise((resolve, reject) => {
        const options = { timeout: timeoutMs, killSignal: 'SIGKILL' as const, maxBuffer, env: environment() };
        const child = execFile(...words(command, args), options, (error, stdout, stderr) => {
          if (error === null) resolve({ code: 0, stdout, stderr });
          else if (error.code === 'ENOENT') reject(new CommandMissing(command));
          else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
          else if (error.killed === true) reject(new Failure('timed-out', `${command} did not end in time.`));
          else reject(new Error(`${command} could not be run: ${error.message}`, { cause: error }));
        });
        // A command that ends before it read its input is judged by its exit code, not by the broken pipe.
        child.stdin?.on('error', () => undefined);
        child.stdin?.end(input ?? '');
      });
    },
    follow(command, args) {
      return spawn(...words(command, args), { stdio: ['ignore', 'pipe', 'ignore'], env: environment() });
    },
  };
}

/** Messages in English, numbers without local forms, and the system directories a service's PATH may lack. */
function environment(): NodeJS.ProcessEnv {
  return { LC_ALL: 'C', PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
}
