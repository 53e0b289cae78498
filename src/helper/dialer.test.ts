import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Dialer } from './dialer.js';
import type { DialResult } from './native.js';

type Outcome = DialResult['outcome'];

/** A dialer whose attempts take `attemptMs` and end as `outcomes` say. */
class Fixture {
  readonly attempts: { id: string; at: number }[] = [];
  readonly connected = new Set<string>();
  outcome: Outcome = 'unreachable';
  attemptMs = 0;
  running = 0;
  mostRunning = 0;
  readonly dialer = new Dialer({
    dial: async (id) => {
      this.attempts.push({ id, at: Date.now() });
      this.running++;
      this.mostRunning = Math.max(this.mostRunning, this.running);
      if (this.attemptMs > 0) await new Promise((resolve) => setTimeout(resolve, this.attemptMs));
      this.running--;
      if (this.outcome === 'connected') this.connected.add(id);
      return { outcome: this.outcome, detail: 'because' };
    },
    isConnected: (id) => this.connected.has(id),
    onChange: () => undefined,
    random: () => 0.5,
  });

  times(): number[] {
    return this.attempts.map(({ at }) => at);
  }
}

let fixture: Fixture;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  fixture = new Fixture();
});

afterEach(() => {
  fixture.dialer.stop();
  vi.useRealTimers();
});

describe('Dialer', () => {
  it('dials a wanted peer at once and then ever more rarely, at most a minute apart', async () => {
    fixture.dialer.setWanted(['bob']);
    await vi.advanceTimersByTimeAsync(250_000);
    const seconds = fixture.times().map((at) => at / 1000);
    expect(seconds).toEqual([0, 1, 3, 7, 15, 31, 63, 123, 183, 243]);
  });

  it('keeps the reason of the last failure until there is a link', async () => {
    fixture.dialer.setWanted(['bob']);
    fixture.outcome = 'not-accepted';
    await vi.advanceTimersByTimeAsync(10);
    expect(fixture.dialer.view('bob')).toMatchObject({ dialling: false, failure: { outcome: 'not-accepted' } });
    fixture.connected.add('bob');
    fixture.dialer.connected('bob');
    expect(fixture.dialer.view('bob').failure).toBeNull();
  });

  it('never dials over a live link, and dials again when it ends', async () => {
    fixture.outcome = 'connected';
    fixture.dialer.setWanted(['bob']);
    await vi.advanceTimersByTimeAsync(120_000);
    fixture.dialer.wake('bob');
    fixture.dialer.nudge('bob');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(fixture.attempts).toHaveLength(1);
    fixture.connected.delete('bob');
    fixture.dialer.disconnected('bob');
    await vi.advanceTimersByTimeAsync(1000);
    expect(fixture.attempts).toHaveLength(2);
  });

  it('does not spin where links end as soon as they begin', async () => {
    fixture.outcome = 'connected';
    fixture.dialer.setWanted(['bob']);
    for (let n = 0; n < 200; n++) {
      await vi.advanceTimersByTimeAsync(100);
      if (fixture.connected.delete('bob')) fixture.dialer.disconnected('bob');
    }
    expect(fixture.attempts.length).toBeLessThan(8);
  });

  it('dials again although a link ended before its beginning was heard of', async () => {
    fixture.outcome = 'connected';
    fixture.dialer.setWanted(['bob']);
    await vi.advanceTimersByTimeAsync(1);
    fixture.connected.delete('bob');
    await vi.advanceTimersByTimeAsync(0);
    fixture.dialer.disconnected('bob');
    await vi.advanceTimersByTimeAsync(2000);
    expect(fixture.attempts.length).toBeGreaterThan(1);
  });

  it('starts over at once when woken', async () => {
    fixture.dialer.setWanted(['bob']);
    await vi.advanceTimersByTimeAsync(20_000);
    fixture.attempts.length = 0;
    fixture.dialer.wakeAll();
    await vi.advanceTimersByTimeAsync(3500);
    expect(fixture.times()).toEqual([20_000, 21_000, 23_000]);
  });

  it('answers nudges only after a pause since the last failure', async () => {
    fixture.dialer.setWanted(['bob']);
    await vi.advanceTimersByTimeAsync(63_500);
    fixture.attempts.length = 0;
    for (let n = 0; n < 20; n++) {
      fixture.dialer.nudge('bob');
      await vi.advanceTimersByTimeAsync(500);
    }
    expect(fixture.times()).toEqual([65_000, 67_000, 69_000, 71_000, 73_000]);
  });

  it('tries eight at a time', async () => {
    fixture.attemptMs = 100;
    fixture.dialer.setWanted(Array.from({ length: 30 }, (_, n) => `peer${n}`));
    await vi.advanceTimersByTimeAsync(450);
    expect(fixture.mostRunning).toBe(8);
    expect(new Set(fixture.attempts.map(({ id }) => id)).size).toBe(30);
  });

  it('tries a thousand one after the other, so many a second, and nobody waits behind them', async () => {
    fixture.dialer.setWanted(Array.from({ length: 1000 }, (_, n) => `peer${n}`));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(fixture.attempts.length).toBeGreaterThan(32 + 95);
    expect(fixture.attempts.length).toBeLessThanOrEqual(32 + 100);
    fixture.attempts.length = 0;
    fixture.dialer.wake('peer999');
    await vi.advanceTimersByTimeAsync(1);
    expect(fixture.attempts.map(({ id }) => id)).toContain('peer999');
    await vi.advanceTimersByTimeAsync(100_000);
    expect(new Set(fixture.attempts.map(({ id }) => id)).size).toBeGreaterThan(900);
  });

  it('dials a peer whose link ended at once, whoever else is away', async () => {
    fixture.outcome = 'connected';
    fixture.dialer.setWanted(['bob']);
    await vi.advanceTimersByTimeAsync(10_000);
    fixture.outcome = 'unreachable';
    fixture.dialer.setWanted(['bob', ...Array.from({ length: 1000 }, (_, n) => `peer${n}`)]);
    await vi.advanceTimersByTimeAsync(10_000);
    fixture.attempts.length = 0;
    fixture.connected.delete('bob');
    fixture.dialer.disconnected('bob');
    await vi.advanceTimersByTimeAsync(300);
    expect(fixture.attempts.map(({ id }) => id)).toContain('bob');
  });

  it('goes on in the background, however many others somebody waits for', async () => {
    const waitedFor = Array.from({ length: 20 }, (_, n) => `waited${n}`);
    fixture.attemptMs = 10_000;
    fixture.dialer.setWanted([...waitedFor, 'bob']);
    for (const id of waitedFor) fixture.dialer.wake(id);
    await vi.advanceTimersByTimeAsync(1);
    expect(fixture.mostRunning).toBe(9);
    expect(fixture.attempts.map(({ id }) => id)).toContain('bob');
  });

  it('leaves a removed peer alone, whatever an attempt under way brings', async () => {
    fixture.attemptMs = 100;
    fixture.dialer.setWanted(['bob']);
    await vi.advanceTimersByTimeAsync(50);
    fixture.dialer.setWanted([]);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(fixture.attempts).toHaveLength(1);
    expect(fixture.dialer.view('bob')).toEqual({ dialling: false, failure: null });
  });
});
