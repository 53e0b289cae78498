/** The command lines of everything a developer runs here: declared once each, with `--help` and mistakes answered alike. */
import { parseArgs } from 'node:util';
import { StepFailure, say } from './step.mjs';

/**
 * @typedef {object} Option
 * @property {string} about what it does
 * @property {string} [takes] what its value is, such as `FILE`; a switch has none
 *
 * @typedef {object} Usage
 * @property {string} command what a person types, such as `npm run e2e --`
 * @property {string} about what it does, in lines
 * @property {Record<string, Option>} [options] by name, without `--help`
 * @property {Option & { takes: string }} [words] what may come besides options, such as `KIND…`
 */

/**
 * @template {Usage} U
 * @typedef {{ [Name in keyof NonNullable<U['options']>]:
 *   NonNullable<U['options']>[Name] extends { takes: string } ? string | undefined : boolean }} Values
 */

/**
 * Runs a program's task with what was typed. Instead of it, `--help` prints what there is, and a mistake is one line and exit
 * code 2. A step that failed ends it with its message and 1; anything else is a bug and shows its stack.
 * @template {Usage} U
 * @param {U} usage
 * @param {(values: Values<U>, words: string[]) => Promise<number>} task resolves to the exit code
 * @param {readonly string[]} typed
 */
export async function runTask(usage, task, typed = process.argv.slice(2)) {
  for (const output of [process.stdout, process.stderr]) output.on('error', readerGone);
  try {
    if (asksForHelp(typed)) process.stdout.write(helpOf(usage));
    else {
      const { values, words } = read(usage, typed);
      process.exitCode = await task(values, words);
    }
  } catch (error) {
    if (error instanceof UsageError) say(`${error.message} --help says more.`);
    else if (error instanceof StepFailure) say(error.message);
    else throw error;
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** Exit code where nobody reads what we say any more: as if SIGPIPE had ended us. */
const unread = 141;

/** @type {(code: number) => void} */
let leave = (code) => process.exit(code);

/**
 * What to do instead of ending at once when nobody reads our output any more (`| head`). Not a matter of SIGPIPE: whoever listens to
 * that signal gets it for every pipe and socket of the process.
 * @param {(code: number) => void} action has to end the process with that exit code; it may be called more than once
 */
export function whenReaderGone(action) {
  leave = action;
}

/** @param {NodeJS.ErrnoException} error */
function readerGone(error) {
  // Of a pipe, now and then of a socket, and of a terminal that was closed.
  if (!['EPIPE', 'ECONNRESET', 'EIO'].includes(error.code ?? '')) throw error;
  leave(unread);
}

/** What was typed makes no sense; the message is one sentence for the person who typed it. */
export class UsageError extends Error {}

/**
 * @template {Usage} U
 * @param {U} usage
 * @param {readonly string[]} typed
 * @returns {{ values: Values<U>, words: string[] }}
 * @throws {UsageError} naming the first word that is wrong
 */
export function read(usage, typed) {
  const declared = Object.entries(usage.options ?? {});
  const options = Object.fromEntries(declared.map(([name, option]) => [name, parsingOf(option)]));
  try {
    const { values, positionals } = parseArgs({
      args: [...typed],
      options,
      allowPositionals: usage.words !== undefined,
    });
    return { values: /** @type {Values<U>} */ (values), words: positionals };
  } catch (error) {
    // What Node adds to its first sentence is about its own rules.
    const [sentence = ''] = (error instanceof Error ? error.message : String(error)).split(/\.\s|\.?$/m);
    throw new UsageError(`${sentence}.`);
  }
}

/**
 * The text that `--help` prints.
 * @param {Usage} usage
 */
export function helpOf({ command, about, options = {}, words }) {
  const rows = [
    ...(words ? [[words.takes, words.about]] : []),
    ...Object.entries(options).map(([name, { takes, about }]) => [`--${name}${takes ? ` ${takes}` : ''}`, about]),
    ['--help', 'this'],
  ];
  const width = Math.max(...rows.map(([typed = '']) => typed.length)) + 2;
  const lines = rows.map(([typed = '', about = '']) => {
    return `  ${typed.padEnd(width)}${about.replaceAll('\n', `\n${' '.repeat(width + 2)}`)}`;
  });
  const first = [
    command,
    ...(Object.keys(options).length > 0 ? ['[options]'] : []),
    ...(words ? [`[${words.takes}]`] : []),
  ];
  return `${first.join(' ')}\n\n${about}\n\n${lines.join('\n')}\n`;
}

/**
 * What Node has to be told of it.
 * @param {Option} option
 * @returns {{ type: 'string' } | { type: 'boolean', default: boolean }}
 */
function parsingOf({ takes }) {
  return takes === undefined ? { type: 'boolean', default: false } : { type: 'string' };
}

/** @param {readonly string[]} typed */
function asksForHelp(typed) {
  const end = typed.indexOf('--');
  const options = end === -1 ? typed : typed.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}
