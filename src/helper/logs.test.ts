import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Logs, quoted } from './logs.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rayfish-logs-'));
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(directory, { recursive: true });
});

describe('Logs', () => {
  it('remember the newest thousand lines', () => {
    const logs = new Logs(directory);
    for (let n = 0; n < 1500; n++) logs.info(`line ${n}`);
    expect(logs.recent()).toHaveLength(1000);
    expect(logs.recent()[0]?.message).toBe('line 500');
  });

  it('can be asked for the last minutes only', () => {
    vi.useFakeTimers();
    const logs = new Logs(directory);
    logs.info('old');
    vi.advanceTimersByTime(60_000);
    logs.warn('new');
    expect(logs.recent(30_000).map(({ message }) => message)).toEqual(['new']);
  });

  it('keep a message on one line', () => {
    const logs = new Logs(directory);
    logs.info('bob\n2026-01-01 info  forged\u001b[2J');
    expect(logs.recent()[0]?.message).toBe('bob 2026-01-01 info  forged [2J');
    expect(readFileSync(join(directory, 'helper.log'), 'utf8').split('\n')).toHaveLength(2);
  });

  it('tell the words of others from their own', () => {
    const forger = 'bob" is connected (192.0.2.7:1). \\"eve\u202e\n\u{1f469}\u200d';
    expect(quoted(forger)).toBe(
      String.raw`"bob\" is connected (192.0.2.7:1). \\\"eve\u{202e}\n${'\u{1f469}'}\u{200d}"`,
    );
    expect(quoted('Zoë’s 🐟')).toBe('"Zoë’s 🐟"');
  });

  it('fill at most three files of a megabyte, for root alone', () => {
    const logs = new Logs(directory);
    for (let n = 0; n < 2500; n++) logs.info('x'.repeat(1900));
    const files = readdirSync(directory).sort();
    expect(files).toEqual(['helper.log', 'helper.log.1', 'helper.log.2']);
    for (const file of files) {
      expect(statSync(join(directory, file)).size).toBeLessThanOrEqual(1024 * 1024);
      expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
    }
  });

  it('reach listeners until they stop', () => {
    const logs = new Logs(directory);
    const listener = vi.fn();
    const stop = logs.listen(listener);
    logs.error('one');
    stop();
    logs.error('two');
    expect(listener).toHaveBeenCalledTimes(1);
    expect(listener).toHaveBeenCalledWith(expect.objectContaining({ level: 'error', message: 'one' }));
  });

  it('go on where the disk refuses', () => {
    const logs = new Logs(join(directory, 'gone'));
    logs.info('still here');
    expect(logs.recent()).toHaveLength(1);
  });
});
