import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { watchCommand } from './monitor.js';
import { processRunner } from './runner.js';

describe('watchCommand', () => {
  let stop: () => void = () => undefined;
  afterEach(() => {
    stop();
  });

  /** The real runner, remembering what it started. */
  function recording(): { runner: ReturnType<typeof processRunner>; children: ChildProcess[] } {
    const real = processRunner();
    const children: ChildProcess[] = [];
    const follow = (command: string, args: readonly string[]): ChildProcess => {
      const child = real.follow(command, args);
      children.push(child);
      return child;
    };
    return { runner: { ...real, follow }, children };
  }

  it('makes one callback of a burst of lines, and another of the next', async () => {
    const onChange = vi.fn();
    stop = watchCommand(processRunner(), 'sh', ['-c', 'echo 1; echo 2; sleep 0.4; echo 3; exec sleep 9'], onChange);
    await vi.waitFor(() => {
      expect(onChange).toHaveBeenCalledTimes(1);
    });
    await vi.waitFor(() => {
      expect(onChange).toHaveBeenCalledTimes(2);
    });
  });

  it('starts the command again when it ends, and calls back for what was missed', async () => {
    const { runner, children } = recording();
    const onChange = vi.fn();
    stop = watchCommand(runner, 'sleep', ['9'], onChange);
    children[0]?.kill();
    await vi.waitFor(() => {
      expect(onChange).toHaveBeenCalledTimes(1);
    }, 3_000);
    expect(children).toHaveLength(2);
  });

  it('survives a command that does not exist', async () => {
    const { runner, children } = recording();
    stop = watchCommand(runner, 'rayfish-no-such-command', [], vi.fn());
    await vi.waitFor(() => {
      expect(children).toHaveLength(2);
    }, 3_000);
  });

  it('ends the command and is silent once stopped', async () => {
    const { runner, children } = recording();
    const onChange = vi.fn();
    stop = watchCommand(runner, 'sh', ['-c', 'echo 1; exec sleep 9'], onChange);
    await sleep(50);
    stop();
    await vi.waitFor(() => {
      expect(children[0]?.signalCode).toBe('SIGKILL');
    });
    await sleep(200);
    expect(onChange).not.toHaveBeenCalled();
    expect(children).toHaveLength(1);
  });
});
