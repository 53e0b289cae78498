/**
 * Runs one program as a step of a longer task: a sentence while it runs, its output only where it fails.
 * Everything here goes to standard error; standard output belongs to what the task is for.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Root of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** Output kept for a failure, in characters. */
const keptOutput = 256 * 1024;

/**
 * @typedef {readonly [program: string, ...args: string[]]} Argv
 *
 * @typedef {object} Identity who a program runs as
 * @property {number} uid
 * @property {number} gid
 *
 * @typedef {object} StepOptions
 * @property {NodeJS.ProcessEnv} [env] the whole environment; ours where left out
 * @property {Identity | undefined} [identity] ours where left out
 * @property {boolean} [shown] its output is for the reader: pass it on instead of keeping it
 *
 * @typedef {object} Outcome
 * @property {boolean} passed
 * @property {number} code its exit code; 1 too where it did not start or a signal ended it
 * @property {string} output standard output and error, empty for a step that is shown
 */

/**
 * Says a line to the person who waits.
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a program to its end. Resolves however it ended, with what it wrote.
 * @param {string} sentence what is being done, for people
 * @param {Argv} argv
 * @param {StepOptions} [options]
 * @returns {Promise<Outcome>}
 */
export async function step(sentence, argv, options = {}) {
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    cwd: root,
    env: options.env ?? process.env,
    ...options.identity,
    stdio: ['ignore', options.shown ? 'inherit' : 'pipe', options.shown ? 'inherit' : 'pipe'],
    // A group of its own, so that one Ctrl-C arrives once, through us, at everything it started.
    detached: true,
  });
  const stopPassingOn = passOnSignals(child);
  if (options.shown) say(`${sentence} …`);
  const progress = options.shown ? null : quietProgress(sentence);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8');
    stream?.on('data', (/** @type {string} */ text) => {
      output = (output + text).slice(-keptOutput);
      progress?.heard(text);
    });
  }
  /** @type {number | null} */
  const ended = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += `${program}: ${error.message}\n`;
      resolve(null);
    });
    child.once('close', resolve);
  });
  const interruptedBy = stopPassingOn();
  const code = ended ?? 1;
  const passed = code === 0;
  progress?.end(passed);
  if (interruptedBy !== null) {
    say(`Stopped: ${sentence}.`);
    process.exit(interruptedBy === 'SIGINT' ? 130 : 143);
  }
  if (!passed && !options.shown) say(readable(output));
  return { passed, code, output };
}

/**
 * As `step`, for what everything later needs: a failure ends the task.
 * @param {string} sentence
 * @param {Argv} argv
 * @param {StepOptions} [options]
 */
export async function must(sentence, argv, options = {}) {
  const { passed } = await step(sentence, argv, options);
  if (!passed) throw new StepFailure(`${sentence}: failed. What it said is above.`);
}

/** A task cannot go on; the message says why and what to do, and is all a person needs. */
export class StepFailure extends Error {}

/**
 * Passes Ctrl-C and its like on to the child's whole group, once each.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => NodeJS.Signals | null} stops doing so; the signal that came, if one did
 */
function passOnSignals(child) {
  /** @type {NodeJS.Signals | null} */
  let came = null;
  const passOn = (/** @type {NodeJS.Signals} */ signal) => {
    // npm repeats the terminal's signal; the child shall hear it once.
    if (came === signal || child.pid === undefined) return;
    came = signal;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It has just ended.
    }
  };
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  // However we end before it: it is in no terminal's group that would end it, too.
  const passOnEnd = () => {
    passOn('SIGTERM');
  };
  for (const signal of signals) process.on(signal, passOn);
  process.on('exit', passOnEnd);
  return () => {
    for (const signal of signals) process.off(signal, passOn);
    process.off('exit', passOnEnd);
    return came;
  };
}

/**
 * One line for a quiet step: rewritten every second on a terminal, repeated every 20 s in a log.
 * @param {string} sentence
 */
function quietProgress(sentence) {
  const terminal = process.stderr.isTTY;
  const started = Date.now();
  let detail = '';
  const line = () => `${sentence} (${[`${seconds(started)} s`, detail].filter(Boolean).join(', ')})`;
  const rewrite = (/** @type {string} */ text) => {
    const width = process.stderr.columns || 80;
    process.stderr.write(`\r\x1b[2K${text.length < width ? text : `${text.slice(0, width - 2)}…`}`);
  };
  if (terminal) rewrite(`${sentence} …`);
  else say(`${sentence} …`);
  const timer = setInterval(
    () => {
      if (terminal) rewrite(line());
      else say(`  ${line()}`);
    },
    terminal ? 1000 : 20_000,
  );
  return {
    heard(/** @type {string} */ text) {
      detail = progressOf(text) ?? detail;
    },
    end(/** @type {boolean} */ passed) {
      clearInterval(timer);
      if (terminal) rewrite('');
      say(`${passed ? '✓' : '✗'} ${sentence} (${seconds(started)} s)`);
    },
  };
}

/**
 * How far a program is, where its output tells: cargo's progress bar or the crate it compiles.
 * @param {string} text
 * @returns {string | null} for people, such as "123 of 345 crates, iroh"
 */
export function progressOf(text) {
  const bar = [...text.matchAll(/\] (\d+)\/(\d+): ([\w-]+)/g)].at(-1);
  if (bar) return `${bar[1]} of ${bar[2]} crates, ${bar[3]}`;
  const crate = [...text.matchAll(/(?:Downloaded|Compiling|Checking) ([\w-]+) v/g)].at(-1);
  return crate?.[1] ?? null;
}

/**
 * Output as a terminal would leave it: no progress bars.
 * @param {string} output
 */
function readable(output) {
  return output.replace(/^.*\r(?!\n)/gm, '').trimEnd();
}

/** @param {number} started */
function seconds(started) {
  return Math.round((Date.now() - started) / 1000);
}
