import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Status } from '../shared/status.js';
import { StatusFeed, type StatusEvent } from './status-feed.js';
import { somePeer, someStatus } from './status.test-support.js';

let status: Status;
let published: StatusEvent[];
let feed: StatusFeed;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  status = someStatus();
  published = [];
  feed = new StatusFeed(
    () => status,
    (event) => void published.push(event),
  );
});

afterEach(() => {
  feed.stop();
  vi.useRealTimers();
});

describe('StatusFeed', () => {
  it('tells only the parts that changed', async () => {
    status.peers = [somePeer({ id: 'a' }), somePeer({ id: 'b' }), somePeer({ id: 'c' })];
    feed.start();
    status = {
      ...status,
      peers: [somePeer({ id: 'a' }), somePeer({ id: 'b', state: 'paused' }), somePeer({ id: 'd' })],
    };
    feed.changed();
    await vi.advanceTimersByTimeAsync(1);
    expect(published.map(({ event, data }) => [event, 'id' in data ? data.id : ''])).toEqual([
      ['peer', 'b'],
      ['peer', 'd'],
      ['peer-removed', 'c'],
    ]);
    status = { ...status, state: 'standby' };
    feed.changed();
    await vi.advanceTimersByTimeAsync(200);
    expect(published.at(-1)).toMatchObject({ event: 'node', data: { state: 'standby' } });
    expect(published.at(-1)?.data).not.toHaveProperty('peers');
  });

  it('is prompt, and then at most every 200 ms', async () => {
    feed.start();
    for (let n = 0; n < 100; n++) {
      status = { ...status, name: `name ${n}` };
      feed.changed();
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(published.length).toBeLessThanOrEqual(6);
    expect(published[0]).toMatchObject({ data: { name: 'name 0' } });
    await vi.advanceTimersByTimeAsync(200);
    expect(published.at(-1)).toMatchObject({ data: { name: 'name 99' } });
  });

  it('notices counters by itself, while somebody listens', async () => {
    status.peers = [somePeer({ id: 'a', txBytes: 1 })];
    feed.start();
    status = { ...status, peers: [somePeer({ id: 'a', txBytes: 2 })] };
    await vi.advanceTimersByTimeAsync(1001);
    expect(published).toHaveLength(1);
    feed.stop();
    status = { ...status, peers: [somePeer({ id: 'a', txBytes: 3 })] };
    feed.changed();
    await vi.advanceTimersByTimeAsync(5000);
    expect(published).toHaveLength(1);
  });
});
