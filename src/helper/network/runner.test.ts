import { describe, expect, it } from 'vitest';
import { CommandMissing, processRunner } from './runner.js';

describe('processRunner', () => {
  const runner = processRunner();

  it('gives output, exit code and input on', async () => {
    expect(await runner.run('sh', ['-c', 'cat; echo bad >&2; exit 3'], 'good')).toEqual({
      code: 3,
      stdout: 'good',
      stderr: 'bad\n',
    });
  });

  it('says when the program is not installed', async () => {
    await expect(runner.run('rayfish-no-such-command', [])).rejects.toBeInstanceOf(CommandMissing);
  });

  it('ends a command that takes too long', async () => {
    await expect(processRunner([], 100).run('sleep', ['9'])).rejects.toMatchObject({ code: 'timed-out' });
  });

  it('puts its prefix in front', async () => {
    expect((await processRunner(['echo', 'before']).run('ip', ['link'])).stdout).toBe('before ip link\n');
  });

  it('speaks English whatever the caller speaks', async () => {
    expect((await runner.run('sh', ['-c', 'echo $LC_ALL $LANG'])).stdout).toBe('C\n');
  });
});
