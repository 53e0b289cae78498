/** `helper`: the background part itself, in the foreground. */
import { Option, type Command } from 'commander';
import { defaultSocketPath } from '../shared/helper-socket.js';
import type { Settings } from '../shared/ipc-contract.js';
import { examples, wholeNumber, type Cli } from './cli.js';

interface HelperFlags {
  stateDir?: string;
  tun?: string;
  port?: string;
  relay?: string[];
  discovery?: string[];
  mdns: boolean;
  aes: boolean;
  rekeyAfter?: number;
}

export function addHelperCommand(program: Command, cli: Cli): void {
  examples(
    program
      .command('helper')
      .description('run Rayfish itself, as root, until Ctrl-C')
      .option('--state-dir <dir>', 'where identity, peers and settings are kept')
      .option('--tun <name>', 'name of the tunnel device')
      .option('--port <n>', 'UDP port to be reached at')
      .option('--relay <urls...>', 'default, none, or relay URLs')
      .option('--discovery <urls...>', 'default, none, or lookup server URLs')
      .option('--no-mdns', "don't look for peers on the local network")
      .option('--no-aes', 'seal packets as a processor without AES would')
      // For the scenarios: nobody gains by it.
      .addOption(new Option('--rekey-after <datagrams>').argParser(wholeNumber(1, 2 ** 25)).hideHelp())
      .addHelpText(
        'after',
        '\nEvery other command talks to it. What is given here wins over the settings of\n`rayfish config`.',
      )
      .action(async (flags: HelperFlags) => {
        const overrides = await overridesOf(flags);
        // Loaded only here: no other command needs the data plane.
        const { runHelper } = await import('../helper/main.js');
        await runHelper({
          socketPath: cli.namedSocket ?? defaultSocketPath(),
          ...(flags.stateDir === undefined ? {} : { stateDir: flags.stateDir }),
          ...(flags.tun === undefined ? {} : { tunName: flags.tun }),
          hardwareAes: flags.aes,
          ...(flags.rekeyAfter === undefined ? {} : { rekeyAfter: flags.rekeyAfter }),
          overrides,
        });
      }),
    ['sudo rayfish helper', 'with what was set before'],
    ['sudo rayfish helper --relay none --discovery none', 'local only'],
  );
}

/**
 * What the flags fix, parsed as `config set` would.
 * @throws Failure `setting-invalid` saying what would be right.
 */
async function overridesOf({ port, relay, discovery, mdns }: HelperFlags): Promise<Partial<Settings>> {
  const { parseSetting } = await import('../helper/settings.js');
  return {
    ...(port === undefined ? {} : { port: parseSetting('port', port) }),
    ...(relay === undefined ? {} : { relay: parseSetting('relay', relay.join(' ')) }),
    ...(discovery === undefined ? {} : { discovery: parseSetting('discovery', discovery.join(' ')) }),
    ...(mdns ? {} : { mdns }),
  };
}
