import { chmod } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeHelper, peer, status } from '../cli/fake-helper.test-support.js';
import type { HelperLink } from '../shared/app-contract.js';
import type { Status } from '../shared/status.js';
import { HelperConnection } from './helper-connection.js';

const said: HelperLink[] = [];
let seen: { status: Status; link: HelperLink } | null;
let helper: FakeHelper;
let connection: HelperConnection;
let installed: boolean;
let hello: () => Promise<{ protocol: number; version: string; level: 'anyone' | 'operator' }>;

beforeEach(async () => {
  said.length = 0;
  seen = null;
  installed = true;
  hello = () => Promise.resolve({ protocol: 1, version: '0.2.0', level: 'operator' });
  helper = await FakeHelper.start({ hello: () => hello(), status: () => status(), down: () => status() });
  connection = connectionTo(true);
});

afterEach(async () => {
  connection.stop();
  await helper.stop();
});

function connectionTo(trustPath: boolean): HelperConnection {
  return new HelperConnection({
    socketPath: helper.socketPath,
    trustPath,
    client: 'app/test',
    heartbeat: { everyMs: 100, answerMs: 100 },
    serviceInstalled: () => installed,
    onLink: (link) => said.push(link),
    onStatus: (current, link) => {
      seen = { status: current, link };
    },
  });
}

async function connected(): Promise<void> {
  connection.start();
  await vi.waitFor(() => {
    expect(seen?.link).toEqual({ kind: 'connected', level: 'operator' });
  });
}

function lastSaid(kind: HelperLink['kind'], withinMs = 1000): Promise<void> {
  return vi.waitFor(
    () => {
      expect(said.at(-1)?.kind).toBe(kind);
    },
    { timeout: withinMs, interval: 10 },
  );
}

describe('connection to the helper', () => {
  it('follows the status from the first snapshot on', async () => {
    await connected();
    helper.emit('peer', peer({ name: 'carol' }));

    await vi.waitFor(() => {
      expect(seen?.status.peers[0]?.name).toBe('carol');
    });
  });

  it('says within a second that the helper has died, and connects again by itself when it is back', async () => {
    await connected();
    await helper.hangUp();
    await lastSaid('stopped');
    seen = null;
    await helper.listen();

    await vi.waitFor(
      () => {
        expect(seen?.link.kind).toBe('connected');
      },
      { timeout: 1500 },
    );
  });

  it('does not call a helper stopped that is back at once', async () => {
    await connected();
    await helper.hangUp();
    await helper.listen();
    seen = null;

    await vi.waitFor(() => {
      expect(seen?.link.kind).toBe('connected');
    });
    expect(said.map(({ kind }) => kind)).toEqual(['connecting']);
  });

  it('tells a service that was never installed from one that is stopped', async () => {
    installed = false;
    await helper.hangUp();
    connection.start();

    await lastSaid('not-installed');
  });

  it('says each thing once, however often it tries', async () => {
    await helper.hangUp();
    connection.start();
    await new Promise((resolve) => setTimeout(resolve, 500));

    expect(said.map(({ kind }) => kind)).toEqual(['stopped']);
  });

  it('refuses a socket that others could have put there', async () => {
    connection = connectionTo(false);
    await chmod(dirname(helper.socketPath), 0o777);
    connection.start();

    await lastSaid('refused');
    expect(seen).toBeNull();
  });

  it('refuses a helper of another version, in words for people', async () => {
    hello = () => Promise.resolve({ protocol: 99, version: '9', level: 'operator' });
    connection.start();

    await lastSaid('refused');
    expect(said.at(-1)).toMatchObject({ message: expect.stringContaining('another version') as string });
  });

  it('passes calls on, and says why it cannot', async () => {
    await connected();
    await expect(connection.call('down', {})).resolves.toMatchObject({ nodeId: status().nodeId });
    await helper.hangUp();
    await lastSaid('stopped');

    await expect(connection.call('down', {})).rejects.toMatchObject({
      code: 'helper-unreachable',
      message: 'The background service isn’t running. Try again once it is back.',
    });
  });

  it('says that a helper is silent though its socket stands, and recovers when it speaks again', async () => {
    await connected();
    const answer = hello();
    let thaw: () => void = () => undefined;
    const frozen = new Promise<void>((resolve) => (thaw = resolve));
    hello = () => frozen.then(() => answer);
    seen = null;
    await lastSaid('connecting');
    await expect(connection.call('down', {})).rejects.toMatchObject({ code: 'helper-unreachable' });

    thaw();
    await vi.waitFor(() => {
      expect(seen?.link.kind).toBe('connected');
    });
    expect(said.map(({ kind }) => kind)).toEqual(['connecting']);
  });

  it('forgives one late answer', async () => {
    await connected();
    const prompt = hello;
    let asked = 0;
    hello = async () => {
      asked += 1;
      if (asked === 1) await new Promise((resolve) => setTimeout(resolve, 150));
      return prompt();
    };
    await vi.waitFor(() => {
      expect(asked).toBeGreaterThan(3);
    });

    expect(said).toEqual([]);
  });

  it('notices by itself that the user was given permission', async () => {
    hello = () => Promise.resolve({ protocol: 1, version: '0.2.0', level: 'anyone' });
    connection.start();
    await vi.waitFor(() => {
      expect(seen?.link).toEqual({ kind: 'connected', level: 'anyone' });
    });
    hello = () => Promise.resolve({ protocol: 1, version: '0.2.0', level: 'operator' });

    await vi.waitFor(() => {
      expect(seen?.link).toEqual({ kind: 'connected', level: 'operator' });
    });
  });

  it('dials anew when it is told that permissions have changed', async () => {
    await connected();
    hello = () => Promise.resolve({ protocol: 1, version: '0.3.0', level: 'operator' });
    seen = null;
    connection.redial();

    await vi.waitFor(() => {
      expect(seen).not.toBeNull();
    });
  });

  it('dials no more once stopped', async () => {
    await connected();
    connection.stop();
    seen = null;
    await new Promise((resolve) => setTimeout(resolve, 300));

    expect(seen).toBeNull();
    expect(said).toEqual([]);
  });
});
