import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer, type Presence } from './announcer.js';
import type { ControlMessage } from './control-protocol.js';

let sent: ControlMessage[];
let greetings: { presence: Presence; told: number }[];
let announcer: Announcer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  sent = [];
  greetings = [];
  announcer = new Announcer({
    greet: () => greetings.push({ presence: announcer.presence, told: sent.length }),
    tell: (message) => sent.push(message),
  });
  announcer.begin({ name: 'castle', paused: false });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('what peers show of us', () => {
  it('is told at once, and only what is news', () => {
    announcer.announce({ name: 'castle', paused: false });
    expect(sent).toEqual([]);
    announcer.announce({ name: 'castle', paused: true });
    announcer.announce({ name: 'tower', paused: true });
    expect(sent).toEqual([{ type: 'paused' }, { type: 'renamed', name: 'tower' }]);
  });

  it('is what later connections begin with, before anybody is told', () => {
    announcer.announce({ name: 'castle', paused: false });
    expect(greetings).toEqual([]);
    announcer.announce({ name: 'castle', paused: true });
    expect(greetings).toEqual([{ presence: { name: 'castle', paused: true }, told: 0 }]);
  });

  it('is told at two messages a second where it changes all the time, and in the end as it is', () => {
    let paused = false;
    for (let change = 0; change < 201; change += 1) {
      paused = !paused;
      announcer.announce({ name: `name ${change}`, paused });
      vi.advanceTimersByTime(50);
    }
    expect(sent.length).toBeGreaterThan(30);
    expect(sent.length).toBeLessThanOrEqual(24 + 2 * 10);
    vi.advanceTimersByTime(1500);
    expect(sent.findLast(({ type }) => type !== 'renamed')).toEqual({ type: 'paused' });
    expect(sent.findLast(({ type }) => type === 'renamed')).toEqual({ type: 'renamed', name: 'name 200' });
    const told = sent.length;
    vi.advanceTimersByTime(60_000);
    expect(sent.length).toBe(told);
  });

  it('is told again as it was, where it was another for a moment: who connected then heard of that', () => {
    for (let change = 0; change < 24; change += 1) announcer.announce({ name: 'castle', paused: change % 2 === 0 });
    expect(sent).toHaveLength(24);
    announcer.announce({ name: 'castle', paused: true });
    announcer.announce({ name: 'castle', paused: false });
    vi.advanceTimersByTime(1000);
    expect(sent.slice(24)).toEqual([{ type: 'resumed' }]);
  });
});
