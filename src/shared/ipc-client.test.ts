import { chmod, chown, mkdir, mkdtemp, rename, rm, symlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from './errors.js';
import { FrameDecoder } from './frame.js';
import { assertRootOwned } from './helper-socket.js';
import { connectHelper, type IpcClient } from './ipc-client.js';
import { ipcProtocol } from './ipc-contract.js';

let directory: string;
let path: string;
let server: Server;
let requests: { id: number; method: string; params: unknown }[];
/** What the helper says to each request: lines, or nothing. */
let answer: (request: { id: number; method: string }, socket: Socket) => void;

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
const hello = { protocol: ipcProtocol, version: '9.9.9', level: 'operator' };
const logEvent = (message: string) => ({ event: 'log', data: { at: '', level: 'info', message } });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rayfish-ipc-'));
  path = join(directory, 'helper.sock');
  requests = [];
  answer = () => undefined;
  server = createServer((socket) => {
    const decoder = new FrameDecoder((text) => {
      const request = JSON.parse(text) as (typeof requests)[number];
      requests.push(request);
      if (request.method === 'hello') socket.write(line({ id: request.id, result: hello }));
      else answer(request, socket);
    });
    socket.on('data', (chunk) => {
      decoder.push(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
});
afterEach(async () => {
  server.close();
  await rm(directory, { recursive: true });
});

function connect(): Promise<IpcClient> {
  return connectHelper(path, { client: 'test/1', trustPath: true, timeoutMs: 300 });
}

function failing(code: string) {
  return expect.objectContaining({ name: 'Failure', code }) as Failure;
}

describe('connecting', () => {
  it('says hello first and learns version and level', async () => {
    const client = await connect();
    expect(requests).toEqual([{ id: 1, method: 'hello', params: { protocol: ipcProtocol, client: 'test/1' } }]);
    expect(client.level).toBe('operator');
    expect(client.helperVersion).toBe('9.9.9');
    client.close();
  });

  it('refuses a helper of another protocol, and one that stays silent', async () => {
    server.removeAllListeners('connection').on('connection', (socket: Socket) => {
      socket.once('data', () => socket.write(line({ id: 1, result: { ...hello, protocol: 99 } })));
    });
    await expect(connect()).rejects.toThrow(failing('protocol-mismatch'));
    server.removeAllListeners('connection');
    await expect(connect()).rejects.toThrow(failing('helper-unreachable'));
  });

  it('passes on why the helper turned the connection away', async () => {
    server.removeAllListeners('connection').on('connection', (socket: Socket) => {
      socket.end(line({ id: null, error: { code: 'too-many-connections', message: 'Too many.' } }));
    });
    await expect(connect()).rejects.toThrow(failing('too-many-connections'));
  });

  it('tells a missing helper from a stopped one', async () => {
    await expect(connectHelper(join(directory, 'none'), { client: 't', trustPath: true })).rejects.toThrow(
      'there is no',
    );
    const leftover = join(directory, 'leftover.sock');
    await rename(path, leftover);
    await new Promise((resolve) => server.close(resolve));
    await expect(connectHelper(leftover, { client: 't', trustPath: true })).rejects.toThrow('nobody listens');
  });
});

describe('calls', () => {
  it('get their own answers, in whatever order these come', async () => {
    const held: (() => void)[] = [];
    answer = ({ id, method }, socket) => {
      held.unshift(() => socket.write(line({ id, result: method === 'invite' ? { link: 'l' } : { nodeId: 'n' } })));
      if (held.length === 2) for (const send of held) send();
    };
    const client = await connect();
    const both = Promise.all([client.call('invite', {}), client.call('reset-identity', {})]);
    expect(await both).toEqual([{ link: 'l' }, { nodeId: 'n' }]);
    client.close();
  });

  it('fail with the helper’s own failure and leave the connection usable', async () => {
    answer = ({ id, method }, socket) => {
      const failure = { id, error: { code: 'not-permitted', message: 'No.' } };
      socket.write(line(method === 'up' ? failure : { id, result: { link: 'l' } }));
    };
    const client = await connect();
    await expect(client.call('up', {})).rejects.toThrow(failing('not-permitted'));
    expect(await client.call('invite', {})).toEqual({ link: 'l' });
    client.close();
  });

  it('time out, and a late answer does no harm', async () => {
    answer = ({ id, method }, socket) => {
      if (method === 'invite') socket.write(line({ id: id - 1, result: {} }) + line({ id, result: { link: 'l' } }));
    };
    const client = await connect();
    await expect(client.call('subscribe', {}, 30)).rejects.toThrow(failing('timed-out'));
    expect(await client.call('invite', {})).toEqual({ link: 'l' });
    client.close();
  });

  it('refuse an answer that does not fit the contract', async () => {
    answer = ({ id }, socket) => socket.write(line({ id, result: { link: 7 } }));
    const client = await connect();
    await expect(client.call('invite', {})).rejects.toThrow(failing('protocol-mismatch'));
    client.close();
  });

  it('all fail when the helper stops, and later ones at once', async () => {
    answer = (_request, socket) => socket.end();
    const client = await connect();
    await expect(client.call('invite', {})).rejects.toThrow(failing('helper-unreachable'));
    await expect(client.call('invite', {})).rejects.toThrow(failing('helper-unreachable'));
    expect(await client.closed).toMatchObject({ message: 'The Rayfish helper has stopped.' });
  });

  it('fail with what the helper said about the whole connection', async () => {
    answer = (_request, socket) =>
      socket.end(line({ id: null, error: { code: 'frame-too-large', message: 'Large.' } }));
    const client = await connect();
    await expect(client.call('invite', {})).rejects.toThrow(failing('frame-too-large'));
  });

  it('end when the helper sends something that is not JSON', async () => {
    answer = (_request, socket) => socket.write('not json\n');
    const client = await connect();
    await expect(client.call('invite', {})).rejects.toThrow(failing('protocol-mismatch'));
    expect((await client.closed).code).toBe('protocol-mismatch');
  });
});

describe('events', () => {
  it('come in order around an answer, even when all arrive at once', async () => {
    answer = ({ id }, socket) =>
      socket.write(line(logEvent('before')) + line({ id, result: { link: 'answer' } }) + line(logEvent('after')));
    const client = await connect();
    const seen: string[] = [];
    client.on('log', ({ message }) => seen.push(message));
    seen.push((await client.call('invite', {})).link);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual(['before', 'answer', 'after']);
    client.close();
  });

  it('of an unknown kind are ignored, and a listener can leave', async () => {
    answer = ({ id }, socket) =>
      socket.write(line({ event: 'weather', data: 'sun' }) + line(logEvent('x')) + line({ id, result: { link: 'l' } }));
    const client = await connect();
    const seen: string[] = [];
    const leave = client.on('log', ({ message }) => seen.push(message));
    await client.call('invite', {});
    leave();
    await client.call('invite', {});
    expect(seen).toEqual(['x']);
    client.close();
  });
});

describe('a socket whose path nobody named', () => {
  const self = process.getuid?.() ?? 0;

  it('is trusted when socket and directory belong to root alone', async () => {
    await expect(assertRootOwned(path, self)).resolves.toBeUndefined();
  });

  it('is refused when it or its directory belongs to another, or others may write there', async () => {
    await expect(assertRootOwned(path, self + 1)).rejects.toThrow(failing('helper-untrusted'));
    for (const mode of [0o777, 0o1777, 0o770]) {
      await chmod(directory, mode);
      await expect(assertRootOwned(path, self)).rejects.toThrow(failing('helper-untrusted'));
    }
  });

  it('is refused when a link leads elsewhere, or it is no socket', async () => {
    const link = join(directory, 'link.sock');
    await symlink(path, link);
    await expect(assertRootOwned(link, self)).rejects.toThrow(failing('helper-untrusted'));
    await mkdir(join(directory, 'directory.sock'));
    await expect(assertRootOwned(join(directory, 'directory.sock'), self)).rejects.toThrow(failing('helper-untrusted'));
  });

  it.runIf(self === 0)('is refused before a word is said', async () => {
    await chown(path, 12345, 12345);
    await expect(connectHelper(path, { client: 't' })).rejects.toThrow(failing('helper-untrusted'));
    expect(requests).toEqual([]);
  });
});
