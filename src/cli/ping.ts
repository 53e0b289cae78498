/** `ping`: whether a peer answers, how fast, and on which path. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { Failure, toFailure, type FailureCode } from '../shared/errors.js';
import type { IpcClient } from '../shared/ipc-client.js';
import type { Result } from '../shared/ipc-contract.js';
import { examples, wholeNumber, type Cli } from './cli.js';
import { printable } from './output.js';
import { peerArgument } from './peers.js';
import { milliseconds } from '../shared/quantities.js';
import { carriers, pathWords } from './words.js';

const intervalMs = 1_000;
const answerMs = 2_000;

/** Failures that are an unanswered ping, not a wrong command. */
const silence: readonly FailureCode[] = ['timed-out', 'peer-offline'];

type Answer = Result<'ping'>;

export function addPingCommand(program: Command, cli: Cli): void {
  examples(
    program
      .command('ping')
      .description('ask a peer for an answer, once a second')
      .argument(...peerArgument)
      .option('-c, --count <n>', 'how often', wholeNumber(1, 1_000_000), 4)
      .addHelpText('after', '\nIt works also while Rayfish is off. Ends with 1 when nothing came back.')
      .action(async (reference: string, { count }: { count: number }) => {
        await cli.withHelper((helper) => ping(helper, reference, count, cli));
      }),
    ['sudo rayfish ping bob', 'four times'],
    ['sudo rayfish ping bob -c 1', 'once, for scripts: see the exit code'],
  );
}

async function ping(helper: IpcClient, peer: string, count: number, cli: Cli): Promise<void> {
  const interrupted = cli.io.interrupted();
  const answers: Answer[] = [];
  let sent = 0;
  while (sent < count) {
    if (sent > 0) await pause(intervalMs, undefined, { signal: interrupted }).catch(() => undefined);
    if (interrupted.aborted) break;
    const outcome = await once(helper, peer, interrupted);
    if (outcome === null) break;
    sent += 1;
    if (!(outcome instanceof Failure)) answers.push(outcome);
    if (!cli.json) cli.io.out(`${outcomeText(outcome, peer)}\n`);
  }
  const times = answers.map(({ rttMs }) => rttMs);
  const rttMs = times.length === 0 ? null : { min: Math.min(...times), avg: average(times), max: Math.max(...times) };
  const summary = { peer, sent, received: answers.length, rttMs, path: answers.at(-1)?.path ?? null };
  const range = rttMs === null ? '' : `, ${milliseconds(rttMs.min)} to ${milliseconds(rttMs.max)}`;
  cli.print(summary, () => `${answers.length} of ${sent} answered${range}`);
  if (answers.length === 0) cli.exitCode = 1;
}

/** The answer, the failure that stands for none, or null when Ctrl-C came first. */
async function once(helper: IpcClient, peer: string, interrupted: AbortSignal): Promise<Answer | Failure | null> {
  const aborted = new Promise<null>((resolve) => {
    interrupted.addEventListener(
      'abort',
      () => {
        resolve(null);
      },
      { once: true },
    );
  });
  const answer = helper.call('ping', { peer, timeoutMs: answerMs }).catch((thrown: unknown) => {
    const failure = toFailure(thrown);
    if (silence.includes(failure.code)) return failure;
    throw failure;
  });
  return Promise.race([answer, aborted]);
}

function outcomeText(outcome: Answer | Failure, peer: string): string {
  if (outcome instanceof Failure) return `${peer}: ${outcome.message}`;
  const path =
    outcome.path === null ? '' : ` (${pathWords({ ...outcome.path, rttMs: null })}, ${carriers[outcome.path.carrier]})`;
  return `${printable(outcome.name)}: ${milliseconds(outcome.rttMs)}${path}`;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
