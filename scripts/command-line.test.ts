import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { helpOf, read, UsageError, type Usage } from './command-line.mjs';
import { tool } from './npm-packages.mjs';
import { root } from './step.mjs';

const usage = {
  command: 'npm run paint --',
  about: 'Paints.',
  options: { colour: { takes: 'NAME', about: 'such as\nblue' }, twice: { about: 'two coats' } },
} satisfies Usage;

describe('read', () => {
  it('has what was typed, and switches that were not', () => {
    expect(read(usage, ['--colour', 'red']).values).toEqual({ colour: 'red', twice: false });
  });

  it.each([
    [['--fast'], "Unknown option '--fast'."],
    [['--fast.er'], "Unknown option '--fast.er'."],
    [['--colour'], "Option '--colour <value>' argument missing."],
    [['--colour', '--twice'], "Option '--colour' argument is ambiguous."],
    [['--twice=2'], "Option '--twice' does not take an argument."],
    [['red'], "Unexpected argument 'red'."],
  ])('refuses %j in one sentence', (typed, sentence) => {
    expect(() => read(usage, typed)).toThrow(new UsageError(sentence));
  });

  it('takes words where there may be some, and behind -- whatever they look like', () => {
    const { words } = read({ ...usage, words: { takes: 'WALL…', about: 'these' } }, [
      'left',
      '--twice',
      '--',
      '--right',
    ]);
    expect(words).toEqual(['left', '--right']);
  });
});

it('--help says what it does and what there is', () => {
  expect(helpOf(usage)).toBe(
    [
      'npm run paint -- [options]',
      '',
      'Paints.',
      '',
      '  --colour NAME  such as',
      '                 blue',
      '  --twice        two coats',
      '  --help         this',
      '',
    ].join('\n'),
  );
});

describe('a reader that has seen enough (`| head -1`)', () => {
  it.each([
    ['ends it quietly, and as no success', '', 141],
    ['lets it remove what it made', 'whenReaderGone((code) => process.exit(code + 1));', 142],
  ])('%s', (_what, listening, status) => {
    const program = `import { runTask, whenReaderGone } from './scripts/command-line.mjs'; ${listening}
      await runTask({ command: '', about: '' }, async () => {
        for (;;) await new Promise((resolve) => process.stdout.write('line\\n', resolve));
      });`;
    const piped = 'set -o pipefail; "$0" --input-type=module --eval "$1" | head -1';
    expect(run(['bash', '-c', piped, process.execPath, program])).toEqual({ status, stdout: 'line\n', stderr: '' });
  });
});

describe.each(ownPrograms())('%s', (_name, ...argv) => {
  it('has --help, and refuses what it does not know before it does anything', () => {
    const help = run([...argv, '--help']);
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toMatch(/^npm [^\n]+\n\n.*\n {2}--help +this\n$/s);
    expect(run([...argv, '--nonsense'])).toEqual({
      status: 2,
      stdout: '',
      stderr: "Unknown option '--nonsense'. --help says more.\n",
    });
  }, 20_000);
});

/** Each command of package.json that is a program of ours, and those that such a program starts. */
function ownPrograms(): string[][] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const own = Object.values(scripts).filter((line) => /^(node|tsx) /.test(line));
  const started = ['tsx e2e/run.ts', 'tsx e2e/demo.ts', 'tsx bench/run.ts'];
  return [...own, ...started].map((line) => [line, ...line.split(' ')]);
}

function run([program = '', ...args]: readonly string[]) {
  const path = program === 'node' ? process.execPath : program === 'tsx' ? tool('tsx') : program;
  const { status, stdout, stderr } = spawnSync(path, args, { cwd: root, encoding: 'utf8', timeout: 10_000 });
  return { status, stdout, stderr };
}
