import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HintStore } from './hints.js';
import { Operators } from './operators.js';
import { WishStore } from './wish.js';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rayfish-stores-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const ignore = (): void => undefined;

describe('WishStore', () => {
  it('is up at first and keeps what was asked for', () => {
    expect(new WishStore(directory, ignore).get()).toBe('up');
    new WishStore(directory, ignore).set('standby');
    expect(new WishStore(directory, ignore).get()).toBe('standby');
  });
});

describe('HintStore', () => {
  it('puts new addresses first, keeps eight, and survives a restart once flushed', () => {
    const store = new HintStore(directory, ignore);
    store.rememberAddresses('id', ['192.0.2.1:1', '192.0.2.2:1']);
    store.rememberAddresses('id', ['192.0.2.2:1', ...Array.from({ length: 9 }, (_, n) => `198.51.100.${n}:1`)]);
    store.remember('id', { claimedName: 'bob' });
    expect(new HintStore(directory, ignore).get('id').claimedName).toBeNull();
    store.flush();
    const hint = new HintStore(directory, ignore).get('id');
    expect(hint.claimedName).toBe('bob');
    expect(hint.addresses).toHaveLength(8);
    expect(hint.addresses[0]).toBe('192.0.2.2:1');
  });
});

describe('Operators', () => {
  it('are those of the file as it is now; without a readable file there are none', () => {
    const operators = new Operators(directory);
    const path = join(directory, 'operators.json');
    expect(operators.has(1000)).toBe(false);
    writeFileSync(path, '{"version":1,"uids":[1000]}');
    expect(operators.has(1000)).toBe(true);
    expect(operators.has(1001)).toBe(false);
    writeFileSync(path, '{"version":1,"uids":[1001]}');
    expect(operators.has(1000)).toBe(false);
    writeFileSync(path, '{"version":1,"uids":[1000');
    expect(operators.has(1000)).toBe(false);
  });
});
