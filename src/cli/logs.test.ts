import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LogLine } from '../shared/ipc-contract.js';
import { FakeHelper } from './fake-helper.test-support.js';
import { Terminal } from './terminal.test-support.js';

const line = (message: string): LogLine => ({ at: '2025-06-01T12:00:00.000Z', level: 'warn', message });
let helper: FakeHelper;
let terminal: Terminal;

beforeEach(async () => {
  helper = await FakeHelper.start({ logs: () => ({ lines: [line('first'), line('second')] }) });
  terminal = new Terminal(helper.socketPath);
});
afterEach(() => helper.stop());

describe('rayfish logs', () => {
  it('prints time, level and words', async () => {
    expect(await terminal.run('logs')).toBe(0);
    expect(terminal.stdout).toMatch(/^2025-0\d-\d\d \d\d:\d\d:00 warn {2}first\n.* second\n$/);
  });

  it('--json prints one array', async () => {
    await terminal.run('logs', '--json');
    expect(JSON.parse(terminal.stdout)).toEqual(['first', 'second'].map(line));
  });

  it.each([
    ['30s', 30_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
  ])('--since %s asks for the last %i ms', async (since, sinceMs) => {
    await terminal.run('logs', '--since', since);
    expect(helper.calls[0]?.params).toEqual({ follow: false, sinceMs });
  });

  it('-f goes on with new lines and ends cleanly on Ctrl-C', async () => {
    const following = terminal.run('logs', '-f', '--json');
    await vi.waitFor(() => {
      expect(terminal.stdout).toContain('second');
    });
    helper.emit('log', line('third'));
    await vi.waitFor(() => {
      expect(terminal.stdout).toContain('third');
    });
    terminal.pressCtrlC();
    expect(await following).toBe(0);
    expect(
      terminal.stdout
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text) as LogLine),
    ).toEqual(['first', 'second', 'third'].map(line));
  });

  it('-f ends with 3 when the helper goes away', async () => {
    const following = terminal.run('logs', '-f');
    await vi.waitFor(() => {
      expect(terminal.stdout).toContain('second');
    });
    await helper.hangUp();
    expect(await following).toBe(3);
  });
});
