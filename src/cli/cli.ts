/** What every verb has at hand: the world, the global options, the helper. */
import { InvalidArgumentError, type Command } from 'commander';
import { defaultSocketPath } from '../shared/helper-socket.js';
import { connectHelper, type IpcClient } from '../shared/ipc-client.js';
import { version } from '../shared/version.js';
import type { Io } from './io.js';
import { painter, type Paint } from './output.js';

export interface GlobalOptions {
  socket?: string;
  json?: boolean;
}

export class Cli {
  readonly paint: Paint;
  /** What the program ends with when nothing was thrown. */
  exitCode: 0 | 1 = 0;

  /** @param globals the global options, once the command line was parsed. */
  constructor(
    readonly io: Io,
    private readonly globals: () => GlobalOptions,
  ) {
    this.paint = painter(io);
  }

  get json(): boolean {
    return this.globals().json === true;
  }

  /** The socket the user named, or undefined. */
  get namedSocket(): string | undefined {
    const { socket = this.io.env['RAYFISH_SOCKET'] } = this.globals();
    return socket === '' ? undefined : socket;
  }

  connect(): Promise<IpcClient> {
    const { namedSocket } = this;
    return connectHelper(namedSocket ?? defaultSocketPath(), {
      client: `rayfish-cli/${version}`,
      trustPath: namedSocket !== undefined,
    });
  }

  /** Connects, lets `use` talk to the helper, and hangs up. */
  async withHelper<T>(use: (helper: IpcClient) => Promise<T>): Promise<T> {
    const helper = await this.connect();
    try {
      return await use(helper);
    } finally {
      helper.close();
    }
  }

  /** Prints a result: the value itself with --json, else the words for it. */
  print(value: unknown, words: () => string): void {
    this.io.out(`${this.json ? JSON.stringify(value) : words()}\n`);
  }
}

/** Adds examples to a command's help: what to type, and what it does. */
export function examples(command: Command, ...lines: readonly (readonly [typed: string, meaning: string])[]): Command {
  const room = Math.max(...lines.map(([typed]) => typed.length));
  const text = lines.map(([typed, meaning]) => `  $ ${typed.padEnd(room)}  ${meaning}`.trimEnd());
  return command.addHelpText('after', `\nExamples:\n${text.join('\n')}`);
}

/** Parser of an option that is a whole number within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}
