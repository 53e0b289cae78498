import { describe, expect, it } from 'vitest';
import { RequestStore, maxRequests } from './request-store.js';

function storeWithClock(): { store: RequestStore; clock: { now: number } } {
  const clock = { now: 1000 };
  return { store: new RequestStore(() => clock.now), clock };
}

describe('RequestStore', () => {
  it('keeps one request per ID, as it first came', () => {
    const { store, clock } = storeWithClock();
    expect(store.offer('a', 'ann', 'x')).toBe(true);
    clock.now += 5000;
    expect(store.offer('a', 'root', 'x')).toBe(false);
    expect(store.all()).toMatchObject([{ id: 'a', name: 'ann', remote: 'x' }]);
    const [request] = store.all();
    expect(Math.abs(Date.parse(request?.at ?? '') - Date.now())).toBeLessThan(10_000);
  });

  it('takes one new request a second, whoever asks', () => {
    const { store, clock } = storeWithClock();
    expect(store.offer('a', '', 'x')).toBe(true);
    clock.now += 999;
    expect(store.offer('b', '', 'x')).toBe(false);
    clock.now += 1;
    expect(store.offer('b', '', 'x')).toBe(true);
  });

  it('holds 32 and drops the oldest', () => {
    const { store, clock } = storeWithClock();
    for (let n = 0; n < 1000; n++, clock.now += 1000) store.offer(`id${n}`, '', 'x');
    expect(store.all()).toHaveLength(maxRequests);
    expect(store.all()[0]?.id).toBe('id968');
    expect(store.all().at(-1)?.id).toBe('id999');
  });

  it('does not ask again after a no, until the owner thinks better of it', () => {
    const { store, clock } = storeWithClock();
    store.offer('a', '', 'x');
    store.dismiss('a');
    clock.now += 60_000;
    expect(store.offer('a', '', 'x')).toBe(false);
    store.take('a');
    expect(store.offer('a', '', 'x')).toBe(true);
  });

  it('lets no stranger use up the second after a no', () => {
    const { store } = storeWithClock();
    store.dismiss('a');
    expect(store.offer('a', '', 'x')).toBe(false);
    expect(store.offer('b', '', 'x')).toBe(true);
  });
});
