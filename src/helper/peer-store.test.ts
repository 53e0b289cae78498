import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PeerStore, type PeerRecord } from './peer-store.js';
import type { SetAside } from './state-file.js';

const ann = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const bob = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';

let directory: string;
let reports: SetAside[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rayfish-peers-'));
  reports = [];
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function open(): PeerStore {
  return new PeerStore(directory, (aside) => void reports.push(aside));
}

function record(id: string, name: string | null = null): PeerRecord {
  return { id, name, addedAt: '2026-01-02T03:04:05.000Z', allow: 'everything', blocked: false };
}

describe('PeerStore', () => {
  it('keeps peers over a restart, known longest first', () => {
    const store = open();
    store.put(record(bob));
    store.put(record(ann));
    store.put(record(bob, 'bob'));
    expect(open().all()).toEqual([record(bob, 'bob'), record(ann)]);
    store.delete(bob);
    expect(open().all()).toEqual([record(ann)]);
  });

  it('gives a name once', () => {
    const store = open();
    store.put(record(bob, 'bob'));
    expect(() => {
      store.put(record(ann, 'BOB'));
    }).toThrow(expect.objectContaining({ code: 'name-taken' }));
    store.put(record(bob, 'Bob'));
    expect(store.all()).toEqual([record(bob, 'Bob')]);
  });

  it('sets a damaged file aside, reports it and starts empty', () => {
    writeFileSync(join(directory, 'peers.json'), `{"version":1,"peers":[{"id":"${ann.slice(1)}"}]}`);
    expect(open().all()).toEqual([]);
    expect(reports).toMatchObject([{ file: 'peers.json' }]);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^peers\.json\.unreadable-/)]);
  });

  it('where it cannot write, lets nobody in and still keeps out whom it should', () => {
    const store = open();
    store.put(record(bob));
    rmSync(join(directory, 'peers.json'));
    mkdirSync(join(directory, 'peers.json', 'in-the-way'), { recursive: true });
    expect(() => {
      store.put(record(ann));
    }).toThrow(expect.objectContaining({ code: 'state-unwritable' }));
    expect(store.all()).toEqual([record(bob)]);
    const refusal: unknown = expect.objectContaining({
      code: 'state-unwritable',
      message: expect.stringMatching(/^Done, but only until the next start/) as string,
    });
    expect(() => {
      store.put({ ...record(bob), blocked: true });
    }).toThrow(refusal);
    expect(store.get(bob)?.blocked).toBe(true);
    expect(() => {
      store.delete(bob);
    }).toThrow(refusal);
    expect(store.all()).toEqual([]);
  });
});
