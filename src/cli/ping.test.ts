import { afterEach, describe, expect, it, vi } from 'vitest';
import { Failure, type FailureCode } from '../shared/errors.js';
import { FakeHelper, bobId, peer } from './fake-helper.test-support.js';
import { Terminal } from './terminal.test-support.js';

let helper: FakeHelper;
afterEach(() => helper.stop());

/** A helper that answers pings with these times, or fails with these codes, in turn; the last one stays. */
async function answering(...outcomes: (number | FailureCode)[]): Promise<Terminal> {
  helper = await FakeHelper.start({
    ping: () => {
      const outcome = (outcomes.length > 1 ? outcomes.shift() : outcomes[0]) ?? 'internal';
      if (typeof outcome === 'string') throw new Failure(outcome, `In words: ${outcome}.`);
      return { id: bobId, name: 'bob', rttMs: outcome, path: peer().path };
    },
  });
  return new Terminal(helper.socketPath);
}

describe('rayfish ping', () => {
  it('prints each answer with its path, then the sum', async () => {
    const terminal = await answering(0.42);
    expect(await terminal.run('ping', 'bob', '-c', '1')).toBe(0);
    expect(terminal.stdout).toBe('bob: 0.4 ms (direct, QUIC)\n1 of 1 answered, 0.4 ms to 0.4 ms\n');
  });

  it('goes on after silence and is content with one answer', async () => {
    const terminal = await answering('timed-out', 20);
    expect(await terminal.run('ping', 'bob', '-c', '2')).toBe(0);
    expect(terminal.stdout).toBe(
      'bob: In words: timed-out.\nbob: 20 ms (direct, QUIC)\n1 of 2 answered, 20 ms to 20 ms\n',
    );
  });

  it('ends with 1 when nothing came back, with the sum as JSON', async () => {
    const terminal = await answering('peer-offline');
    expect(await terminal.run('ping', 'bob', '-c', '1', '--json')).toBe(1);
    expect(JSON.parse(terminal.stdout)).toEqual({ peer: 'bob', sent: 1, received: 0, rttMs: null, path: null });
  });

  it('fails at once for a peer that is not known', async () => {
    const terminal = await answering('peer-unknown');
    expect(await terminal.run('ping', 'dave')).toBe(1);
    expect(helper.calls).toHaveLength(1);
    expect(terminal.stderr).toContain('In words: peer-unknown.');
  });

  it('sums up on Ctrl-C', async () => {
    const terminal = await answering(20);
    const pinging = terminal.run('ping', 'bob', '-c', '1000');
    await vi.waitFor(() => {
      expect(terminal.stdout).toContain('20 ms');
    });
    terminal.pressCtrlC();
    expect(await pinging).toBe(0);
    expect(terminal.stdout).toContain('1 of 1 answered');
  });
});
