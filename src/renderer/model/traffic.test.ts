import { describe, expect, it } from 'vitest';
import { people } from '../gallery/samples.test-support.js';
import { advance, isSilent, noTraffic, rateNow, samplesKept, type TrafficByPeer } from './traffic.js';

const peer = (txBytes: number, rxBytes: number): typeof people.bob => ({ ...people.bob, txBytes, rxBytes });
const first = advance(new Map(), [peer(100, 1000)], 1);
const of = (byPeer: TrafficByPeer): NonNullable<ReturnType<TrafficByPeer['get']>> =>
  byPeer.get(people.bob.id) ?? noTraffic(people.bob);

describe('advance', () => {
  it('makes rates out of counters and time', () => {
    const { up, down } = of(advance(first, [peer(300, 5000)], 2));
    expect([up.at(-1), down.at(-1)]).toEqual([100, 2000]);
  });

  it('shows no rate from a counter seen for the first time', () => {
    expect(isSilent(of(first))).toBe(true);
  });

  it('keeps a minute', () => {
    let byPeer = first;
    for (let second = 1; second <= 100; second++) byPeer = advance(byPeer, [peer(100 + second * 10, 1000)], 1);
    expect(of(byPeer).up).toHaveLength(samplesKept);
    expect(rateNow(of(byPeer).up)).toBe(10);
  });

  it('takes a restarted helper for silence, not for a negative rate', () => {
    expect(of(advance(first, [peer(0, 0)], 1)).down.at(-1)).toBe(0);
  });

  it('starts anew after the window was hidden', () => {
    expect(isSilent(of(advance(first, [peer(9e9, 9e9)], 600)))).toBe(true);
  });

  it('is the same value while nothing moves, so that nothing is drawn', () => {
    expect(of(advance(first, [peer(100, 1000)], 1))).toBe(of(first));
  });

  it('forgets removed peers', () => {
    expect(advance(first, [], 1).size).toBe(0);
  });
});
