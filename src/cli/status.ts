/** `status` and `dismiss`. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { toFailure, type Failure } from '../shared/errors.js';
import type { IpcClient } from '../shared/ipc-client.js';
import { followStatus } from '../shared/live-status.js';
import type { Status } from '../shared/status.js';
import { examples, type Cli } from './cli.js';
import { wrap } from './output.js';
import { statusText } from './status-text.js';

const reconnectMs = 500;
const redrawMs = 100;
/** `3 min ago` grows older without an event. */
const agingMs = 10_000;
const eraseScreen = '\u001b[H\u001b[2J';

export function addStatusCommand(program: Command, cli: Cli): void {
  examples(
    program
      .command('status')
      .description('show this device, its peers, and what is wrong')
      .option('-w, --watch', 'keep showing it as it changes, until Ctrl-C')
      .action(async ({ watch }: { watch?: boolean }) => {
        if (watch === true) await watchStatus(cli);
        else await cli.withHelper((helper) => showOnce(helper, cli));
      }),
    ['rayfish status --watch', 'stays on the screen, also while the helper restarts'],
    ['rayfish status --json', 'everything, for a program'],
  );
}

export function addDismissCommand(program: Command, cli: Cli): void {
  examples(
    program
      .command('dismiss')
      .description('put a warning away once you have seen to it')
      .argument('<warning>', 'its code, as `rayfish status` shows it')
      .action(async (code: string) => {
        await cli.withHelper((helper) => helper.call('dismiss-warning', { code }));
        cli.print({ dismissed: code }, () => `Put away: ${code}`);
      }),
    ['sudo rayfish dismiss peers-unreadable', ''],
  );
}

async function showOnce(helper: IpcClient, cli: Cli): Promise<void> {
  show(await helper.call('status', {}), helper, cli);
}

function show(status: Status, helper: IpcClient, cli: Cli): void {
  const { io, paint } = cli;
  cli.print(status, () => statusText(status, { level: helper.level, now: io.now(), columns: io.columns, paint }));
}

/** A helper that is not there at the start is a failure; one that goes away later is waited for. */
async function watchStatus(cli: Cli): Promise<void> {
  const interrupted = cli.io.interrupted();
  let helper: IpcClient | null = await cli.connect();
  while (helper !== null) {
    const reason = await watchConnection(helper, cli, interrupted);
    if (interrupted.aborted) return;
    if (!cli.json) cli.io.err(`${wrap(`${reason.message} Waiting for it to come back.`, cli.io.columns)}\n`);
    helper = await reconnect(cli, interrupted);
  }
}

/** Shows the status until the connection ends; returns why it ended. */
async function watchConnection(helper: IpcClient, cli: Cli, interrupted: AbortSignal): Promise<Failure> {
  const hangUp = (): void => {
    helper.close();
  };
  interrupted.addEventListener('abort', hangUp);
  const redrawing = cli.io.terminal && !cli.json;
  const screen = new Screen((status) => {
    if (redrawing) cli.io.out(eraseScreen);
    show(status, helper, cli);
  }, redrawing);
  try {
    return await followStatus(helper, (status) => {
      screen.show(status);
    });
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.code === 'helper-unreachable') return failure;
    throw failure;
  } finally {
    screen.leave();
    interrupted.removeEventListener('abort', hangUp);
    helper.close();
  }
}

/** The next connection that succeeds, or null on Ctrl-C. */
async function reconnect(cli: Cli, interrupted: AbortSignal): Promise<IpcClient | null> {
  while (!interrupted.aborted) {
    await pause(reconnectMs, undefined, { signal: interrupted }).catch(() => undefined);
    const helper = await cli.connect().catch(() => null);
    if (helper !== null) return helper;
  }
  return null;
}

/** Draws the first status at once, later ones at most every 100 ms: a burst of events is one change to the eye. */
class Screen {
  #latest: Status | null = null;
  #timer: NodeJS.Timeout | null = null;
  readonly #aging: NodeJS.Timeout | undefined;

  /** @param aging draw now and then without a change, because the page tells how long ago something was. */
  constructor(
    private readonly draw: (status: Status) => void,
    aging: boolean,
  ) {
    if (!aging) return;
    this.#aging = setInterval(() => {
      if (this.#timer === null) this.#redraw();
    }, agingMs);
  }

  show(status: Status): void {
    const first = this.#latest === null;
    this.#latest = status;
    if (first) this.draw(status);
    else this.#timer ??= setTimeout(this.#redraw, redrawMs);
  }

  /** What was not drawn yet is drawn now, so that the last word is right. */
  leave(): void {
    clearInterval(this.#aging);
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    this.#redraw();
  }

  readonly #redraw = (): void => {
    this.#timer = null;
    if (this.#latest !== null) this.draw(this.#latest);
  };
}
