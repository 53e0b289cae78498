/** `accept`, `reject`, `block`: answers to somebody who asks to connect. */
import type { Command } from 'commander';
import { examples, type Cli } from './cli.js';
import { printable, wrap } from './output.js';
import { grant, shortId } from './words.js';

const requestArgument = ['<request>', 'the ID it shows, its beginning, or the name it claims'] as const;

export function addRequestCommands(program: Command, cli: Cli): void {
  addAccept(program, cli);
  examples(
    program
      .command('reject')
      .description('turn a request down; they may ask again')
      .argument(...requestArgument)
      .action(async (reference: string) => {
        const rejected = await cli.withHelper((helper) => helper.call('reject-request', { peer: reference }));
        const words = `Rejected ${nameOf(rejected)}. They may ask again; to hear no more of them: rayfish block ${shortId(rejected.id)}`;
        cli.print(rejected, () => wrap(words, cli.io.columns));
      }),
    ['sudo rayfish reject 3f9c41d2', ''],
  );
  examples(
    program
      .command('block')
      .description('hear nothing more of them')
      .argument('<peer>', 'name, ID, or the beginning of an ID')
      .action(async (reference: string) => {
        const result = await cli.withHelper((helper) => helper.call('block-peer', { peer: reference }));
        const name = nameOf(result.peer);
        const words = `Blocked ${name}: nothing is heard of them, and they are not told. To undo it: rayfish remove ${shortId(result.peer.id)}`;
        cli.print(result, () => wrap(words, cli.io.columns));
      }),
    ['sudo rayfish block 3f9c41d2', 'until you remove or add them'],
  );
}

function addAccept(program: Command, cli: Cli): void {
  examples(
    program
      .command('accept')
      .description('accept somebody who asks to connect')
      .argument(...requestArgument)
      .option('-n, --name <name>', 'what you call them; otherwise what they call themselves')
      .addHelpText(
        'after',
        '\nThe name in a request is what they claim; only the ID is proof. Ask them for\ntheirs (`rayfish id`) and compare.',
      )
      .action(async (reference: string, { name }: { name?: string }) => {
        const params = { peer: reference, ...(name === undefined ? {} : { name }) };
        const result = await cli.withHelper((helper) => helper.call('accept-request', params));
        cli.print(result, () => wrap(`Accepted ${printable(result.peer.name)}. ${grant(result.peer)}`, cli.io.columns));
      }),
    ['rayfish status', 'shows who asks'],
    ['sudo rayfish accept 3f9c41d2 --name bob', 'by the beginning of the ID'],
  );
}

function nameOf({ id, name }: { id: string; name: string }): string {
  return name === '' ? shortId(id) : printable(name);
}
