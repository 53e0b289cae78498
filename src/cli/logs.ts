/** `logs`: what the helper wrote down. */
import { InvalidArgumentError, type Command } from 'commander';
import type { IpcClient } from '../shared/ipc-client.js';
import type { LogLine } from '../shared/ipc-contract.js';
import { examples, type Cli } from './cli.js';
import { printable } from './output.js';

interface LogsOptions {
  follow?: boolean;
  /** Milliseconds. */
  since?: number;
}

export function addLogsCommand(program: Command, cli: Cli): void {
  examples(
    program
      .command('logs')
      .description('print what the helper wrote down')
      .option('-f, --follow', 'go on with new lines until Ctrl-C')
      .option('--since <time>', 'only the last 30s, 10m, 2h or 1d', duration)
      .addHelpText('after', '\n--json prints one array, with -f one object a line.')
      .action(async (options: LogsOptions) => {
        await cli.withHelper((helper) => printLogs(helper, options, cli));
      }),
    ['sudo rayfish logs --since 10m', 'the last ten minutes'],
    ['sudo rayfish logs -f', 'watch what happens'],
  );
}

async function printLogs(helper: IpcClient, { follow = false, since }: LogsOptions, cli: Cli): Promise<void> {
  const print = (line: LogLine): void => {
    cli.print(line, () => lineText(line));
  };
  const { lines } = await helper.call('logs', { follow, ...(since === undefined ? {} : { sinceMs: since }) });
  if (cli.json && !follow) cli.io.out(`${JSON.stringify(lines)}\n`);
  else lines.forEach(print);
  if (!follow) return;
  helper.on('log', print);
  const interrupted = cli.io.interrupted();
  interrupted.addEventListener('abort', () => {
    helper.close();
  });
  const reason = await helper.closed;
  if (!interrupted.aborted) throw reason;
}

/** Milliseconds of `30s`, `10m`, `2h`, `1d`. */
function duration(text: string): number {
  const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text.trim()) ?? [];
  const size = units[unit];
  if (count === undefined || size === undefined) throw new InvalidArgumentError('Write it as 30s, 10m, 2h or 1d.');
  return Number(count) * size;
}

/** `2025-01-31 13:05:09 warn  …`, in local time. */
function lineText({ at, level, message }: LogLine): string {
  const time = new Date(at);
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${level.padEnd(5)} ${printable(message)}`;
}
