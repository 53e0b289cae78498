import { afterEach, describe, expect, it } from 'vitest';
import { Failure } from '../shared/errors.js';
import { version } from '../shared/version.js';
import { FakeHelper, status } from './fake-helper.test-support.js';
import { Terminal } from './terminal.test-support.js';

let helper: FakeHelper | undefined;
afterEach(async () => {
  await helper?.stop();
  helper = undefined;
});

const verbs =
  'helper up down status id ip add peers remove rename accept reject block ping config logs invite dismiss'.split(' ');

describe('help', () => {
  it('without arguments teaches the first steps, names every verb and ends well', async () => {
    const terminal = new Terminal();
    expect(await terminal.run()).toBe(0);
    expect(terminal.stdout).toContain('First steps:');
    for (const verb of verbs) expect(terminal.stdout).toMatch(new RegExp(`^  ${verb}\\b`, 'm'));
    expect(terminal.stderr).toBe('');
  });

  it.each(['', ...verbs, 'id reset', 'config get', 'config set', 'config unset'])(
    'of ‘%s’ fits 80 columns',
    async (path) => {
      const terminal = new Terminal();
      expect(await terminal.run(...path.split(' ').filter(Boolean), '--help')).toBe(0);
      for (const line of terminal.stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
    },
  );

  it.each(verbs)('of %s has an example and the global options', async (verb) => {
    const terminal = new Terminal();
    await terminal.run('help', verb);
    expect(terminal.stdout).toMatch(/Examples:\n {2}\$ /);
    expect(terminal.stdout).toContain('--json');
  });

  it('--version prints the version', async () => {
    const terminal = new Terminal();
    expect(await terminal.run('--version')).toBe(0);
    expect(terminal.stdout).toBe(`rayfish ${version}\n`);
  });
});

describe('wrong usage', () => {
  it.each([
    [['stauts'], /unknown command 'stauts'[^]*status/],
    [['status', '--wach'], /unknown option '--wach'[^]*--watch/],
    [['netcheck'], /unknown command/],
    [['add'], /missing required argument/],
    [['ping', 'bob', '-c', 'many'], /whole number/],
    [['ping', '-x'], /unknown option '-x'/],
    [['up', 'now'], /too many arguments/],
    [['helper', '--port', '65536'], /0 to 65535/],
    [['helper', '--relay', 'nonsense'], /default, none, or/],
    [['logs', '--since', 'yesterday'], /10m/],
    [['ip', '-4', '-6'], /exclude each other/],
  ])('%j ends with 2, names the fault, and says nothing on standard output', async (args, words) => {
    const terminal = new Terminal('/nowhere/helper.sock');
    expect(await terminal.run(...args)).toBe(2);
    expect(terminal.stderr).toMatch(words);
    expect(terminal.stdout).toBe('');
  });

  it('is told as JSON with --json', async () => {
    const terminal = new Terminal();
    expect(await terminal.run('stauts', '--json')).toBe(2);
    expect(JSON.parse(terminal.stdout)).toMatchObject({ error: { code: 'usage' } });
    expect(terminal.stderr).toBe('');
  });
});

describe('a failure of the helper', () => {
  it.each([
    ['not-permitted', 4],
    ['peer-unknown', 1],
    ['node-id-length', 2],
    ['internal', 1],
  ] as const)('%s ends with %i, its words on standard error', async (code, exitCode) => {
    helper = await FakeHelper.start({
      up: () => {
        throw new Failure(code, 'In words.');
      },
    });
    const words = new Terminal(helper.socketPath);
    expect(await words.run('up')).toBe(exitCode);
    expect(words.stderr).toContain('rayfish: In words.\n');
    expect(words.stdout).toBe('');

    const json = new Terminal(helper.socketPath);
    expect(await json.run('--json', 'up')).toBe(exitCode);
    expect(json.stdout).toBe(`{"error":{"code":"${code}","message":"In words."}}\n`);
    expect(json.stderr).toBe('');
  });

  it('that is not there ends with 3 and says how to start it', async () => {
    const terminal = new Terminal('/nowhere/helper.sock');
    expect(await terminal.run('status')).toBe(3);
    expect(terminal.stderr).toContain('The Rayfish helper isn’t running: there is no /nowhere/helper.sock.');
    expect(terminal.stderr).toContain('rayfish service install');
  });
});

describe('the socket', () => {
  it('named by --socket wins over RAYFISH_SOCKET, before and after the verb', async () => {
    helper = await FakeHelper.start({ status: () => status() });
    for (const args of [
      ['--socket', helper.socketPath, 'id'],
      ['id', '--socket', helper.socketPath],
    ]) {
      const terminal = new Terminal('/nowhere/helper.sock');
      expect(await terminal.run(...args)).toBe(0);
    }
  });
});
