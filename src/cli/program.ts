/** The program: every verb put together, and what becomes of a failure. */
import { Command, CommanderError, type Argument } from 'commander';
import { Failure, failureExitCodes, toFailure } from '../shared/errors.js';
import { version } from '../shared/version.js';
import { Cli, type GlobalOptions } from './cli.js';
import { addConfigCommands } from './config.js';
import { addHelperCommand } from './helper.js';
import { addIdentityCommands } from './identity.js';
import type { Io } from './io.js';
import { addLogsCommand } from './logs.js';
import { addPeerCommands } from './peers.js';
import { addPingCommand } from './ping.js';
import { addRequestCommands } from './requests.js';
import { addServiceCommands } from './service.js';
import { addDismissCommand, addStatusCommand } from './status.js';
import { addTunnelCommands } from './tunnel.js';
import { hints } from './words.js';

const description = `Connects your devices and those of your friends: directly, encrypted, without
an account. Each device has an ID. When two devices have added each other’s
ID, they reach each other by stable addresses, wherever they are.`;

const firstSteps = `
First steps:
  $ rayfish service install                 Rayfish, now and at every boot
  $ rayfish id                              your ID, to give to a friend
  $ rayfish add <their ID> --name bob       theirs, once they gave it to you
  $ rayfish status                          who is connected, who is waiting
  $ ssh $(rayfish ip bob)                   any program can use the address

Anyone on this device may look; changing something needs root (sudo), or who
installed it (rayfish service operator).
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no helper, 4 not permitted.`;

/**
 * Runs one command line.
 * @param args what follows the program's name.
 * @returns the exit code.
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  const program = new Command('rayfish');
  const cli = new Cli(io, () => program.opts<GlobalOptions>());
  compose(program, cli);
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return cli.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    return fail(thrown instanceof CommanderError ? usageFailure(thrown) : toFailure(thrown), cli, args);
  }
}

function compose(program: Command, cli: Cli): void {
  program
    .description(description)
    .version(`rayfish ${version}`, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain a command')
    .usage('[options] <command>')
    .option('--socket <path>', 'the helper’s socket (or set RAYFISH_SOCKET)')
    .option('--json', 'print JSON for programs to read')
    .addHelpText('after', firstSteps)
    .configureHelp({ showGlobalOptions: true, subcommandTerm: termOf })
    .configureOutput({
      writeOut: (text) => {
        cli.io.out(text);
      },
      // Failures are told in one place, below.
      writeErr: () => undefined,
      getOutHelpWidth: () => Math.min(cli.io.columns, 100),
    })
    .exitOverride();

  program.commandsGroup('This device:');
  addHelperCommand(program, cli);
  addServiceCommands(program, cli);
  addTunnelCommands(program, cli);
  addStatusCommand(program, cli);
  addIdentityCommands(program, cli);
  program.commandsGroup('Peers:');
  addPeerCommands(program, cli);
  addPingCommand(program, cli);
  program.commandsGroup('Strangers who ask to connect:');
  addRequestCommands(program, cli);
  program.commandsGroup('Settings and troubles:');
  addConfigCommands(program, cli);
  addLogsCommand(program, cli);
  addDismissCommand(program, cli);
  program.helpCommand('help [command]', 'explain a command');
}

/** A verb in the list of verbs: its options are for its own help. */
function termOf(command: Command): string {
  return [command.name(), ...command.registeredArguments.map(argumentTerm)].join(' ');
}

function argumentTerm(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '…' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function usageFailure(error: CommanderError): Failure {
  if (error.code === 'commander.help') return new Failure('usage', 'A command is missing.');
  return new Failure('usage', error.message.replace(/^error: /, ''), { cause: error });
}

/** With --json one object on standard output, else words on standard error. */
function fail(failure: Failure, cli: Cli, args: readonly string[]): number {
  const { code, message } = failure;
  // The command line may be what is wrong: then the parsed options cannot be asked.
  if (cli.json || args.includes('--json')) {
    cli.io.out(`${JSON.stringify({ error: { code, message } })}\n`);
  } else {
    const hint = code === 'usage' ? 'How it is used: rayfish help' : hints[code];
    cli.io.err(`rayfish: ${message}\n${hint === undefined ? '' : `${hint}\n`}`);
  }
  return failureExitCodes[code];
}
