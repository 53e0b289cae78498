import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectHelper, type IpcClient } from '../shared/ipc-client.js';
import { maxFrameBytes, methods, type CallParams, type Level, type Method } from '../shared/ipc-contract.js';
import type { Status } from '../shared/status.js';
import { Engine } from './engine.js';
import { FakeHost } from './fake-host.test-support.js';
import { createHandlers, type Handlers } from './ipc-handlers.js';
import { IpcServer } from './ipc-server.js';
import { Logs } from './logs.js';
import { openState } from './state.js';

const bob = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
const operatorUid = 1000;
const strangerUid = 1001;
const uids: Record<Level, number> = { root: 0, operator: operatorUid, anyone: strangerUid };

let directory: string;
let path: string;
let host: FakeHost;
let engine: Engine;
let logs: Logs;
let server: IpcServer;
/** Who the kernel says the next caller is. */
let uid: number;
let operators: Set<number>;
let handlers: Handlers;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'rayfish-ipc-'));
  path = join(directory, 'helper.sock');
  uid = 0;
  operators = new Set([operatorUid]);
  host = new FakeHost();
  logs = new Logs(directory);
  const state = openState(directory, {});
  engine = new Engine({
    state,
    network: host.network,
    startPlane: host.startPlane,
    logs,
    tunName: null,
    hardwareAes: true,
    rekeyAfter: null,
  });
  handlers = createHandlers({ engine, state, logs });
  server = createIpcServer();
  logs.listen((line) => {
    server.log(line);
  });
  engine.listen(() => {
    server.statusChanged();
  });
  await engine.start();
  await server.listen(path);
});

afterEach(async () => {
  await engine.stop();
  await server.close();
  rmSync(directory, { recursive: true });
});

function createIpcServer(): IpcServer {
  return new IpcServer({ handlers, operators, status: () => engine.status(), uidOf: () => uid });
}

async function callAs(level: Level): Promise<IpcClient> {
  uid = uids[level];
  return connectHelper(path, { client: 'test/1', trustPath: true });
}

/** A connection without a client's manners. */
class RawClient {
  readonly lines: unknown[] = [];
  #text = '';

  constructor(readonly socket: Socket) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      const parts = (this.#text + chunk.toString()).split('\n');
      this.#text = parts.pop() ?? '';
      this.lines.push(...parts.map((line): unknown => JSON.parse(line)));
    });
  }

  static async open(): Promise<RawClient> {
    const socket = connect(path);
    await once(socket, 'connect');
    return new RawClient(socket);
  }

  /** The answer to the request of this ID, or to one that could not be read. */
  async answer(id: number | null): Promise<unknown> {
    for (let n = 0; n < 200; n++) {
      const found = this.lines.find((line) => (line as { id: unknown }).id === id);
      if (found !== undefined) return found;
      await delay(5);
    }
    throw new Error(`no answer to ${String(id)}`);
  }
}

const hello = `${JSON.stringify({ id: 0, method: 'hello', params: { protocol: 1, client: 'raw' } })}\n`;

describe('authorization', () => {
  /** Parameters that are well formed; what the call then does matters little, being allowed does. */
  const wellFormed: { [M in Method]: CallParams<M> } = {
    hello: { protocol: 1, client: 'test' },
    status: {},
    subscribe: {},
    up: {},
    down: {},
    'reset-identity': {},
    'add-peer': { target: bob },
    'remove-peer': { peer: 'bob' },
    'rename-peer': { peer: 'bob', name: 'robert' },
    'accept-request': { peer: 'bob' },
    'reject-request': { peer: 'bob' },
    'block-peer': { peer: 'bob' },
    invite: {},
    ping: { peer: 'bob' },
    'get-settings': {},
    'set-setting': { key: 'mdns', value: 'off' },
    'unset-setting': { key: 'mdns' },
    logs: {},
    'dismiss-warning': { code: 'port-taken' },
  };
  const publicMethods: Method[] = ['hello', 'status', 'subscribe'];

  async function isAllowed(level: Level, method: Method): Promise<boolean> {
    const client = await callAs(level);
    try {
      await client.call(method, wellFormed[method]);
      return true;
    } catch (error) {
      return (error as { code: string }).code !== 'not-permitted';
    } finally {
      client.close();
    }
  }

  it.each(Object.keys(methods) as Method[])('of %s holds for every kind of caller', async (method) => {
    const before = JSON.stringify({ ...engine.status(), peers: [] });
    expect(await isAllowed('anyone', method)).toBe(publicMethods.includes(method));
    expect(JSON.stringify({ ...engine.status(), peers: [] })).toBe(before);
    expect(await isAllowed('operator', method)).toBe(true);
    expect(await isAllowed('root', method)).toBe(true);
  });

  it('tells a caller its level, and follows when root takes it away', async () => {
    const client = await callAs('operator');
    expect(client.level).toBe('operator');
    await client.call('get-settings', {});
    operators.clear();
    await expect(client.call('get-settings', {})).rejects.toMatchObject({ code: 'not-permitted' });
    client.close();
  });

  it('comes before the parameters are looked at', async () => {
    uid = strangerUid;
    const raw = await RawClient.open();
    raw.socket.write(`${hello}{"id":1,"method":"add-peer","params":{"target":7}}\n`);
    expect(await raw.answer(1)).toMatchObject({ error: { code: 'not-permitted' } });
    raw.socket.destroy();
  });

  it('hides from others where peers are and who asks', async () => {
    engine.book.add(bob);
    engine.peersChanged();
    host.connect(bob, 1);
    host.request('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025', 'eve');
    host.plane.peerStats = [
      {
        id: bob,
        connection: 1,
        pathKind: 'direct',
        carrier: 'fast',
        cipher: 'aes-128-gcm',
        whyQuic: null,
        remote: '192.0.2.9:45820',
        rttMs: 1,
        txBytes: 0,
        rxBytes: 0,
        txPackets: 0,
        rxPackets: 0,
        drops: 0,
      },
    ];
    const [operator, stranger] = [await callAs('operator'), await callAs('anyone')];
    expect((await operator.call('status', {})).peers[0]?.path?.remote).toBe('192.0.2.9:45820');
    expect((await operator.call('status', {})).requests).toHaveLength(1);
    const seen = await stranger.call('status', {});
    expect(seen.peers).toMatchObject([
      { name: 'bob', state: 'connected', path: { kind: 'direct', remote: null }, problem: null },
    ]);
    expect(seen.requests).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain('192.0.2.9');
    operator.close();
    stranger.close();
  });
});

describe('events', () => {
  it('follow a subscription, for others without what they may not see', async () => {
    const [operator, stranger] = [await callAs('operator'), await callAs('anyone')];
    const seen: Record<'operator' | 'stranger', Status['requests'][]> = { operator: [], stranger: [] };
    operator.on('node', ({ requests }) => seen.operator.push(requests));
    stranger.on('node', ({ requests }) => seen.stranger.push(requests));
    await operator.call('subscribe', {});
    await stranger.call('subscribe', {});
    host.request(bob, 'bob');
    await delay(300);
    expect(seen.operator.at(-1)).toMatchObject([{ id: bob, name: 'bob' }]);
    await engine.setWish('standby');
    await delay(300);
    expect(seen.stranger.at(-1)).toEqual([]);
    operator.close();
    stranger.close();
  });

  it('of peers come one by one, also when they go', async () => {
    const client = await callAs('root');
    const names: string[] = [];
    client.on('peer', ({ name, state }) => names.push(`${name} ${state}`));
    client.on('peer-removed', ({ id }) => names.push(`gone ${id.slice(0, 4)}`));
    await client.call('subscribe', {});
    await client.call('add-peer', { target: bob, name: 'Bob' });
    await delay(250);
    await client.call('remove-peer', { peer: 'Bob' });
    await delay(250);
    expect(names[0]).toMatch(/^Bob /);
    expect(names.at(-1)).toBe('gone 3d40');
    client.close();
  });

  it('do not come unasked', async () => {
    uid = 0;
    const raw = await RawClient.open();
    raw.socket.write(hello);
    await raw.answer(0);
    await engine.setWish('standby');
    await delay(250);
    expect(raw.lines).toHaveLength(1);
    raw.socket.destroy();
  });

  it('of the log come to those who follow it', async () => {
    const client = await callAs('operator');
    const lines: string[] = [];
    client.on('log', ({ message }) => lines.push(message));
    logs.info('before');
    const { lines: recent } = await client.call('logs', { follow: true });
    expect(recent.at(-1)?.message).toBe('before');
    logs.info('after');
    await delay(50);
    expect(lines).toEqual(['after']);
    client.close();
  });
});

describe('bad input', () => {
  beforeEach(() => {
    uid = 0;
  });

  it.each([
    ['not JSON', 'dance\n', null, 'bad-request'],
    ['not a request', '{"method":"status"}\n', null, 'bad-request'],
    ['an unknown method', '{"id":1,"method":"dance"}\n', 1, 'bad-request'],
    ['a name every object has', '{"id":1,"method":"constructor"}\n', 1, 'bad-request'],
    ['parameters of another shape', '{"id":1,"method":"add-peer","params":{"target":7}}\n', 1, 'bad-request'],
    ['parameters nobody asked for', '{"id":1,"method":"status","params":{"x":1}}\n', 1, 'bad-request'],
    ['a failure of its own', '{"id":1,"method":"add-peer","params":{"target":"x"}}\n', 1, 'node-id-length'],
  ])('that is %s is answered with its fault, and the connection lives', async (_, line, id, code) => {
    const raw = await RawClient.open();
    raw.socket.write(hello);
    raw.socket.write(line);
    expect(await raw.answer(id)).toMatchObject({ error: { code } });
    raw.socket.write('{"id":9,"method":"status"}\n');
    expect(await raw.answer(9)).toMatchObject({ result: { state: 'up' } });
    raw.socket.destroy();
  });

  it('without a hello before it is refused', async () => {
    const raw = await RawClient.open();
    raw.socket.write('{"id":1,"method":"status"}\n');
    expect(await raw.answer(1)).toMatchObject({ error: { code: 'bad-request' } });
    raw.socket.destroy();
  });

  it('of another protocol is told so, and ends', async () => {
    const raw = await RawClient.open();
    raw.socket.write('{"id":1,"method":"hello","params":{"protocol":2,"client":"new"}}\n');
    await once(raw.socket, 'close');
    expect(raw.lines).toMatchObject([{ id: 1, error: { code: 'protocol-mismatch' } }]);
  });

  it('that never ends is refused before it fills our memory', async () => {
    const raw = await RawClient.open();
    raw.socket.write(hello);
    raw.socket.write('x'.repeat(maxFrameBytes + 1));
    await once(raw.socket, 'close');
    expect(raw.lines[1]).toMatchObject({ id: null, error: { code: 'frame-too-large' } });
  });
});

describe('bounds', () => {
  it('a user has sixteen connections, root as many as it likes', async () => {
    const clients = [];
    for (let n = 0; n < 16; n++) clients.push(await callAs('anyone'));
    await expect(callAs('anyone')).rejects.toMatchObject({ code: 'too-many-connections' });
    for (let n = 0; n < 20; n++) clients.push(await callAs('root'));
    clients[0]?.close();
    await delay(50);
    clients.push(await callAs('anyone'));
    for (const client of clients) client.close();
  });

  it('a flood of requests leaves everybody else their turn', async () => {
    uid = strangerUid;
    const raw = await RawClient.open();
    raw.socket.write(hello);
    await raw.answer(0);
    const flood = 2000;
    raw.socket.write(Array.from({ length: flood }, (_, n) => `{"id":${n + 1},"method":"status"}\n`).join(''));
    const other = await callAs('root');
    await other.call('status', {});
    expect(raw.lines.length).toBeLessThan(flood);
    other.close();
    for (let n = 0; n < 500 && raw.lines.length <= flood; n++) await delay(10);
    expect(raw.lines).toHaveLength(flood + 1);
    raw.socket.destroy();
  });

  it('a client that does not read is dropped', async () => {
    uid = 0;
    const raw = await RawClient.open();
    raw.socket.write(`${hello}{"id":1,"method":"logs","params":{"follow":true}}\n`);
    await raw.answer(1);
    raw.socket.pause();
    for (let n = 0; n < 2000; n++) logs.info('x'.repeat(2000));
    await delay(50);
    const other = await callAs('root');
    expect((await other.call('status', {})).state).toBe('up');
    other.close();
    raw.socket.resume();
    await once(raw.socket, 'close');
  });
});

describe('the socket', () => {
  it('is open to everybody, for who they are is known', () => {
    expect(statSync(path).mode & 0o777).toBe(0o666);
  });

  it('of a living helper is never taken', async () => {
    await expect(createIpcServer().listen(path)).rejects.toMatchObject({ code: 'socket-in-use' });
    const client = await callAs('root');
    client.close();
  });

  it('that nobody answers is replaced', async () => {
    const stale = join(directory, 'stale.sock');
    const holder = createServer().listen(stale);
    await once(holder, 'listening');
    // What a killed process leaves: the file, and nobody behind it.
    const { renameSync } = await import('node:fs');
    renameSync(stale, `${stale}.kept`);
    holder.close();
    await once(holder, 'close');
    renameSync(`${stale}.kept`, stale);
    const another = createIpcServer();
    await another.listen(stale);
    await another.close();
    expect(existsSync(stale)).toBe(false);
  });

  it('that cannot be made says where', async () => {
    await expect(createIpcServer().listen(join(directory, 'gone', 'x.sock'))).rejects.toMatchObject({
      code: 'socket-failed',
      message: expect.stringContaining('gone') as string,
    });
  });

  it('lets nobody in whom the kernel does not know', async () => {
    const closed = new IpcServer({
      handlers,
      operators,
      status: () => engine.status(),
      uidOf: () => {
        throw new Error('unknown');
      },
    });
    const other = join(directory, 'other.sock');
    await closed.listen(other);
    const socket = connect(other);
    socket.on('error', () => undefined);
    await once(socket, 'close');
    await closed.close();
  });
});
