/** `up` and `down`. */
import type { Command } from 'commander';
import { Failure } from '../shared/errors.js';
import type { Status } from '../shared/status.js';
import { examples, type Cli } from './cli.js';
import { addressLines, warningLines } from './status-text.js';
import { stateWords } from './words.js';

export function addTunnelCommands(program: Command, cli: Cli): void {
  examples(
    program
      .command('up')
      .description('turn on: you and your peers reach each other')
      .action(async () => {
        const status = await cli.withHelper((helper) => helper.call('up', {}));
        if (status.state === 'failed') throw failureOf(status);
        cli.print(status, () => {
          const lines = [
            stateWords[status.state],
            ...addressLines(status),
            ...warningLines(status, cli.io.columns, cli.paint),
          ];
          return lines.join('\n');
        });
      }),
    ['sudo rayfish up', 'stays on, also after a restart, until you turn it off'],
  );
  examples(
    program
      .command('down')
      .description('turn off: nothing passes, your peers stay known')
      .action(async () => {
        const status = await cli.withHelper((helper) => helper.call('down', {}));
        cli.print(status, () => stateWords[status.state]);
      }),
    ['sudo rayfish down', 'stays off, also after a restart, until you turn it on'],
  );
}

/** Never an `up` that reports success while a step failed. */
function failureOf(status: Status): Failure {
  return new Failure('wrong-state', status.failure?.message ?? 'Rayfish couldn’t be turned on.');
}
