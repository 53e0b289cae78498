import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PeerStatus } from '../shared/status.js';
import type { Engine } from './engine.js';
import { FakeHost, peerStats } from './fake-host.test-support.js';
import { Logs } from './logs.js';
import { openState } from './state.js';

const bob = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
const eve = 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025';

let directory: string;
let host: FakeHost;
let logs: Logs;
let engine: Engine;

beforeEach(async () => {
  vi.useFakeTimers();
  directory = mkdtempSync(join(tmpdir(), 'rayfish-mesh-'));
  host = new FakeHost();
  logs = new Logs(directory);
  engine = create();
  await engine.start();
});

afterEach(async () => {
  await engine.stop();
  vi.useRealTimers();
  rmSync(directory, { recursive: true });
});

function create(): Engine {
  return host.engine(openState(directory, {}), logs);
}

function add(id: string): void {
  engine.book.add(id);
  engine.peersChanged();
}

function peer(id = bob): PeerStatus | undefined {
  return engine.status().peers.find((candidate) => candidate.id === id);
}

describe('a peer', () => {
  it('is dialled as soon as it is added, and admitted with its addresses only', async () => {
    add(bob);
    expect(peer()?.state).toBe('connecting');
    await vi.advanceTimersByTimeAsync(1);
    expect(host.plane.dialled).toEqual([{ id: bob, addresses: [] }]);
    expect(host.plane.table.peers).toEqual([
      { id: bob, ipv4: '100.101.125.124', ipv6: '217:d51f:296b:b70a:6cbf:2922:2465:18db', paused: false },
    ]);
  });

  it('that has not added us is waited for', async () => {
    host.plane.outcome = { outcome: 'not-accepted', detail: '' };
    add(bob);
    await vi.advanceTimersByTimeAsync(1);
    expect(peer()).toMatchObject({ state: 'waiting-for-them', problem: expect.stringContaining('add') as string });
  });

  it('that nobody finds is offline, with the reason', async () => {
    host.plane.outcome = { outcome: 'unreachable', detail: 'no addresses' };
    add(bob);
    await vi.advanceTimersByTimeAsync(1);
    expect(peer()).toMatchObject({ state: 'offline', problem: expect.stringContaining('no addresses') as string });
  });

  it('that is connected shows its path, name and traffic', () => {
    add(bob);
    host.connect(bob, 1, { name: 'Bob\u202e' });
    host.plane.peerStats = [peerStats(bob, { rttMs: 1.5, txBytes: 10, rxBytes: 20, drops: 3 })];
    expect(peer()).toMatchObject({
      name: 'Bob',
      claimedName: 'Bob',
      state: 'connected',
      path: { kind: 'direct', carrier: 'fast', remote: '192.0.2.9:45820', rttMs: 1.5 },
      txBytes: 10,
      rxBytes: 20,
      drops: 3,
      problem: null,
    });
  });

  it('that turned its tunnel off is paused, and packets to it are refused', () => {
    add(bob);
    host.connect(bob, 1);
    host.say(bob, 1, { type: 'paused' });
    expect(peer()?.state).toBe('paused');
    expect(host.plane.table.peers[0]?.paused).toBe(true);
    host.say(bob, 1, { type: 'resumed' });
    expect(peer()?.state).toBe('connected');
    expect(host.plane.table.peers[0]?.paused).toBe(false);
  });

  it('is told of us as soon as the data plane holds its connection, which may be before we hear of that', () => {
    add(bob);
    engine.mesh.tell({ type: 'paused' });
    expect(host.plane.sent).toEqual([{ id: bob, message: { type: 'paused' } }]);
  });

  it('may say hello again, where something changed while it connected', () => {
    add(bob);
    host.connect(bob, 1);
    host.say(bob, 1, { type: 'hello', name: 'castle', platform: 'linux', version: '1', features: [], paused: true });
    expect(peer()?.state).toBe('paused');
    host.say(bob, 1, { type: 'hello', name: 'tower', platform: 'linux', version: '1', features: [], paused: false });
    expect(peer()).toMatchObject({ state: 'connected', name: 'tower' });
  });

  it('keeps its fresh link when the end of an older one is told late', () => {
    add(bob);
    host.connect(bob, 1);
    host.connect(bob, 2);
    host.emit({ kind: 'closed', id: bob, connection: 1, reason: 'replaced', detail: '' });
    host.say(bob, 1, { type: 'paused' });
    expect(peer()?.state).toBe('connected');
    host.emit({ kind: 'closed', id: bob, connection: 2, reason: 'timed-out', detail: '' });
    expect(peer()?.state).toBe('connecting');
  });

  it('is dialled where it was last when we start again, and remembered by name and time', async () => {
    add(bob);
    host.connect(bob, 1, { name: 'Robert' });
    await engine.stop();
    engine = create();
    await engine.start();
    await vi.advanceTimersByTimeAsync(1);
    expect(host.plane.dialled).toEqual([{ id: bob, addresses: ['192.0.2.9:45820'] }]);
    expect(peer()).toMatchObject({ name: 'Robert', lastSeen: expect.stringMatching(/^20/) as string });
  });

  it('is dialled at once when the local network shows it at a new place', async () => {
    add(bob);
    await vi.advanceTimersByTimeAsync(10_000);
    const before = host.plane.dialled.length;
    host.emit({ kind: 'discovered', id: bob, addresses: ['192.0.2.77:1'] });
    await vi.advanceTimersByTimeAsync(1);
    expect(host.plane.dialled.slice(before)).toEqual([{ id: bob, addresses: ['192.0.2.77:1'] }]);
  });

  it('is dialled where it was last connected to, whatever the local network says', async () => {
    add(bob);
    host.connect(bob, 1);
    for (const port of [1, 2, 3]) {
      const addresses = Array.from({ length: 8 }, (_, host) => `192.0.2.${host + 20}:${port}`);
      host.emit({ kind: 'discovered', id: bob, addresses });
    }
    host.emit({ kind: 'closed', id: bob, connection: 1, reason: 'timed-out', detail: '' });
    await vi.advanceTimersByTimeAsync(2000);
    expect(host.plane.dialled.at(-1)?.addresses).toEqual(expect.arrayContaining(['192.0.2.9:45820', '192.0.2.20:3']));
  });

  it('has its connection verified when the network changes, from the beginning with each change', async () => {
    add(bob);
    host.connect(bob, 1);
    for (const ipv4 of ['198.51.100.7', '198.51.100.8']) {
      host.network.surveyed = { ...host.network.surveyed, lan: [{ name: 'eth1', ipv4: [ipv4], ipv6: [] }] };
      host.network.change();
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(host.plane.verified).toEqual(Array(2).fill({ id: bob, attempts: 3 }));
    host.plane.endVerifying();
    await vi.advanceTimersByTimeAsync(1);
    host.network.surveyed = { ...host.network.surveyed, lan: [] };
    host.network.change();
    await vi.advanceTimersByTimeAsync(1);
    expect(host.plane.verified).toHaveLength(3);
  });

  it('whose fast path falls silent has its connection verified, more patiently', async () => {
    add(bob);
    host.connect(bob, 1);
    host.plane.peerStats = [peerStats(bob, { carrier: 'quic', cipher: null, whyQuic: 'proving' })];
    host.emit({ kind: 'path', id: bob, connection: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(host.plane.verified).toEqual([]);
    host.plane.peerStats = [peerStats(bob, { carrier: 'quic', cipher: null, whyQuic: 'unanswered' })];
    host.emit({ kind: 'path', id: bob, connection: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(host.plane.verified).toEqual([{ id: bob, attempts: 7 }]);
    // Another doubt must not make it take longer.
    host.emit({ kind: 'path', id: bob, connection: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(host.plane.verified).toHaveLength(1);
    host.plane.endVerifying();
    await vi.advanceTimersByTimeAsync(1);
    host.emit({ kind: 'path', id: bob, connection: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(host.plane.verified).toHaveLength(2);
  });

  it('never leads us to itself through the overlay', () => {
    add(bob);
    host.emit({ kind: 'connected', id: bob, connection: 1, incoming: true, remote: '100.70.1.1:45820' });
    expect(JSON.stringify(host.plane.table)).not.toContain('100.70.1.1');
    host.emit({ kind: 'closed', id: bob, connection: 1, reason: 'reset', detail: '' });
    expect(host.plane.dialled.every(({ addresses }) => addresses.length === 0)).toBe(true);
  });

  it('cannot forge a line of the log', () => {
    add(bob);
    const words: string[] = [];
    logs.listen(({ message }) => words.push(message));
    host.connect(bob, 1, { name: 'eve" is connected (192.0.2.1:1). "bob' });
    host.emit({ kind: 'connected', id: bob, connection: 2, incoming: true, remote: '192.0.2.9:45820' });
    host.emit({ kind: 'closed', id: bob, connection: 2, reason: 'remote-closed', detail: 'all is "well"' });
    expect(words.slice(1)).toEqual([
      String.raw`"eve\" is connected (192.0.2.1:1). \"bob" is connected (192.0.2.9:45820).`,
      String.raw`"eve\" is connected (192.0.2.1:1). \"bob" is no longer connected (remote-closed: "all is \"well\"").`,
    ]);
  });

  it('that talks too much is not listened to', () => {
    add(bob);
    host.connect(bob, 1);
    for (let n = 0; n < 1000; n++) host.say(bob, 1, { type: 'renamed', name: `bob ${n}` });
    expect(peer()?.claimedName).toBe('bob 62');
  });

  it('that is removed or blocked is out of the table at once', () => {
    add(bob);
    add(eve);
    host.connect(bob, 1);
    engine.book.remove(bob);
    engine.book.block(eve);
    engine.peersChanged();
    expect(host.plane.table.peers).toEqual([]);
    expect(peer()).toBeUndefined();
    expect(peer(eve)?.state).toBe('blocked');
    host.emit({ kind: 'connected', id: bob, connection: 2, incoming: true, remote: '192.0.2.9:1' });
    expect(engine.status().peers).toHaveLength(1);
  });
});

describe('a stranger', () => {
  it('becomes a request with a harmless name, and nothing else', () => {
    host.request(bob, 'bob\u202e\n');
    expect(engine.status().requests).toEqual([{ id: bob, name: 'bob', at: expect.any(String) as string }]);
    expect(engine.status().peers).toEqual([]);
    expect(host.plane.table.peers).toEqual([]);
  });

  it('that is blocked or was rejected is not heard', async () => {
    engine.book.block(bob);
    host.request(bob, 'bob');
    host.request(eve, 'eve');
    engine.book.reject('eve');
    await vi.advanceTimersByTimeAsync(5000);
    host.request(eve, 'eve');
    expect(engine.status().requests).toEqual([]);
  });

  it('that sends junk for a hello is a request without a name', () => {
    host.emit({ kind: 'request', id: bob, hello: Buffer.from([0xff, 0xfe]), remote: '' });
    expect(engine.status().requests).toMatchObject([{ id: bob, name: '' }]);
  });
});
