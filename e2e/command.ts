/** Programs run to their end: what they said and how they ended. */
import { execFile } from 'node:child_process';

export type Argv = readonly [program: string, ...args: string[]];

export interface Outcome {
  /** Exit code; -1 where a signal or the time limit ended it. */
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Written to its standard input. */
  input?: string;
  timeoutMs?: number;
  env?: NodeJS.ProcessEnv;
}

/** Runs a program and answers however it ended. Rejects only where it cannot be started at all. */
export function run(argv: Argv, { input = '', timeoutMs = 30_000, env }: RunOptions = {}): Promise<Outcome> {
  const [program, ...args] = argv;
  return new Promise((resolve, reject) => {
    const options = {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 64 << 20,
      env: env ?? process.env,
    } as const;
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === 'string') reject(new Error(`${program}: ${error.message}`));
      else resolve({ code: error.code ?? -1, stdout, stderr });
    });
    // A program that does not read its input ends the pipe first; its exit code tells the story.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/**
 * Runs a program that has to succeed and returns what it printed.
 * @throws Error with the command and its standard error.
 */
export async function must(argv: Argv, options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code === 0) return stdout;
  throw new Error(`${argv.join(' ')} ended with ${code}: ${(stderr.trim() || stdout.trim()).slice(-2000)}`);
}
