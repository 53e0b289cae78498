import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HintStore } from './hints.js';
import { PeerBook } from './peer-book.js';
import { PeerStore } from './peer-store.js';
import { RequestStore } from './request-store.js';

const own = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const bob = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
const eve = 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025';

let directory: string;
let clock: number;
let peers: PeerStore;
let hints: HintStore;
let requests: RequestStore;
let book: PeerBook;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rayfish-book-'));
  const ignore = (): void => undefined;
  clock = 0;
  peers = new PeerStore(directory, ignore);
  hints = new HintStore(directory, ignore);
  requests = new RequestStore(() => (clock += 1000));
  book = new PeerBook(peers, requests, hints, () => own);
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function failing(work: () => unknown): unknown {
  const before = JSON.stringify([peers.all(), requests.all()]);
  try {
    work();
  } catch (error) {
    expect(JSON.stringify([peers.all(), requests.all()])).toBe(before);
    return error;
  }
  throw new Error('it did not fail');
}

describe('adding', () => {
  it('takes a pasted ID, and a name', () => {
    expect(book.add(` “${bob.toUpperCase()}”\n`, ' Bob ')).toBe(bob);
    expect(peers.get(bob)).toMatchObject({ name: 'Bob', allow: 'everything', blocked: false });
  });

  it('takes an invite with what it knows', () => {
    book.add(`rayfish://add/${bob}?addr=192.0.2.7:45820&relay=https://relay.example/&name=Bob`);
    expect(book.nameOf(bob)).toBe('Bob');
    expect(hints.get(bob)).toMatchObject({ addresses: ['192.0.2.7:45820'], relay: 'https://relay.example/' });
  });

  it('leaves out a suggested name that another peer has', () => {
    book.add(eve, 'Bob');
    book.add(`rayfish://add/${bob}?name=bob`);
    expect(book.nameOf(bob)).toBe('3d4017c3e8…');
  });

  it.each([
    ['ourselves', own, undefined, 'node-id-own'],
    ['somebody twice', eve, undefined, 'peer-exists'],
    ['nothing', '', undefined, 'node-id-empty'],
    ['half an ID', bob.slice(32), undefined, 'node-id-length'],
    ['a broken invite', 'rayfish://add/', undefined, 'invite-malformed'],
    ['a name of nothing', bob, ' ', 'name-invalid'],
    ['a name that is taken', bob, 'EVE', 'name-taken'],
  ])('refuses %s and changes nothing', (_, target, name, code) => {
    book.add(eve, 'eve');
    expect(failing(() => book.add(target, name))).toMatchObject({ code });
  });

  it('answers a request, and dials where it came from', () => {
    requests.offer(bob, 'bob', '192.0.2.9:1234');
    book.add(bob);
    expect(requests.all()).toEqual([]);
    expect(book.nameOf(bob)).toBe('bob');
    expect(hints.get(bob).addresses).toEqual(['192.0.2.9:1234']);
  });
});

describe('requests', () => {
  beforeEach(() => {
    requests.offer(bob, 'bob', 'https://relay.example/');
    requests.offer(eve, '', '192.0.2.66:1');
  });

  it('are accepted by name or ID, under a name of our own if we like', () => {
    expect(book.accept('bob')).toBe(bob);
    expect(hints.get(bob).addresses).toEqual([]);
    expect(book.accept(eve.slice(0, 8), 'neighbour')).toBe(eve);
    expect(book.nameOf(bob)).toBe('bob');
    expect(book.nameOf(eve)).toBe('neighbour');
    expect(requests.all()).toEqual([]);
  });

  it('that nobody made cannot be answered', () => {
    expect(failing(() => book.accept('carol'))).toMatchObject({ code: 'request-unknown' });
    expect(failing(() => book.reject('carol'))).toMatchObject({ code: 'request-unknown' });
  });

  it('stay when their answer cannot be kept', () => {
    expect(failing(() => book.accept('bob', 'two\nlines'))).toMatchObject({ code: 'name-invalid' });
  });

  it('that were rejected do not come again', () => {
    expect(book.reject('bob')).toEqual({ id: bob, name: 'bob' });
    expect(requests.offer(bob, 'bob', '')).toBe(false);
    expect(peers.get(bob)).toBeUndefined();
  });

  it('that were blocked leave a blocked peer', () => {
    expect(book.block('bob')).toBe(bob);
    expect(peers.get(bob)).toMatchObject({ blocked: true });
    expect(requests.all().map(({ id }) => id)).toEqual([eve]);
  });
});

describe('removing', () => {
  it('forgets the peer and does not nag with its requests', () => {
    book.add(bob, 'bob');
    hints.rememberAddresses(bob, ['192.0.2.9:1']);
    expect(book.remove('BOB')).toEqual({ id: bob, name: 'bob' });
    expect(peers.all()).toEqual([]);
    expect(hints.get(bob).addresses).toEqual([]);
    expect(requests.offer(bob, 'bob', '')).toBe(false);
  });

  it('of one that was blocked lets it ask again', () => {
    book.block(bob);
    book.remove(bob.slice(0, 10));
    expect(requests.offer(bob, 'bob', '')).toBe(true);
  });

  it('needs somebody known', () => {
    expect(failing(() => book.remove('carol'))).toMatchObject({ code: 'peer-unknown' });
  });
});

describe('blocking', () => {
  it('takes a peer, or any ID', () => {
    book.add(bob, 'bob');
    book.block('bob');
    expect(peers.get(bob)).toMatchObject({ name: 'bob', blocked: true });
    expect(book.block(eve)).toBe(eve);
    expect(failing(() => book.block('nobody'))).toMatchObject({ code: 'peer-unknown' });
    expect(failing(() => book.block(own))).toMatchObject({ code: 'node-id-own' });
  });

  it('leaves a peer the name its owner gave it', () => {
    book.add(bob, 'Bob');
    book.block(bob);
    book.add(bob);
    expect(peers.get(bob)).toMatchObject({ name: 'Bob', blocked: false });
  });

  it('ends when the peer is added again, then known last', () => {
    book.block(bob);
    book.add(eve);
    book.add(bob);
    expect(peers.all().map(({ id, blocked }) => ({ id, blocked }))).toEqual([
      { id: eve, blocked: false },
      { id: bob, blocked: false },
    ]);
  });
});

describe('renaming', () => {
  it('gives a name that wins over the claimed one', () => {
    book.add(bob);
    hints.remember(bob, { claimedName: 'robert' });
    expect(book.rename('robert', 'Bob')).toBe(bob);
    expect(book.nameOf(bob)).toBe('Bob');
    expect(failing(() => book.rename('Bob', ''))).toMatchObject({ code: 'name-invalid' });
  });
});
