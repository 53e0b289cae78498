import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeerStatus, Status } from '../shared/status.js';
import { FakeHelper, bobId, ownId, peer, status } from './fake-helper.test-support.js';
import { Terminal } from './terminal.test-support.js';

const granted = 'bob can now reach every port of this device, and you theirs, until you remove them.';
let helper: FakeHelper;
let terminal: Terminal;
let current: Status;
let result: PeerStatus;

beforeEach(async () => {
  current = status();
  result = peer();
  const answer = () => ({ peer: result });
  const identity = () => ({ id: result.id, name: result.name });
  helper = await FakeHelper.start({
    status: () => current,
    'add-peer': answer,
    'rename-peer': answer,
    'remove-peer': identity,
    'accept-request': answer,
    'reject-request': identity,
    'block-peer': answer,
    invite: () => ({ link: `rayfish://add/${ownId}` }),
  });
  terminal = new Terminal(helper.socketPath);
});
afterEach(() => helper.stop());

/** The words without the line breaks that fit them into the terminal. */
function words(): string {
  return terminal.stdout.replaceAll(/\s+/g, ' ');
}

describe('rayfish add', () => {
  it('says what it grants and, while they have not added us, to give them our ID', async () => {
    result = peer({ state: 'connecting', path: null });
    expect(await terminal.run('add', bobId, '--name', 'bob')).toBe(0);
    expect(helper.calls[0]).toEqual({ method: 'add-peer', params: { target: bobId, name: 'bob' } });
    expect(words()).toContain(granted);
    expect(words()).toContain(`give them your ID: ${ownId}`);
  });

  it('says the address once connected, and that Rayfish is off while it is', async () => {
    await terminal.run('add', bobId);
    expect(terminal.stdout).toContain('You are connected: 100.64.3.4');
    current = status({ state: 'standby' });
    await terminal.run('add', bobId);
    expect(terminal.stdout).toContain('Turn it on with: rayfish up');
  });

  it('takes an ID that was pasted in pieces', async () => {
    await terminal.run('add', bobId.slice(0, 30), `${bobId.slice(30, 50)}\n`, bobId.slice(50));
    const [call] = helper.calls;
    expect((call?.params as { target: string }).target.replaceAll(/\s/g, '')).toBe(bobId);
  });
});

describe('rayfish accept, reject and block', () => {
  it('accept says what it grants', async () => {
    expect(await terminal.run('accept', 'b0b1', '--name', 'bob')).toBe(0);
    expect(helper.calls).toEqual([{ method: 'accept-request', params: { peer: 'b0b1', name: 'bob' } }]);
    expect(words()).toBe(`Accepted bob. ${granted} `);
  });

  it('reject says that they may ask again, also of a nameless stranger', async () => {
    result = peer({ name: '' });
    expect(await terminal.run('reject', 'b0b1')).toBe(0);
    expect(words()).toBe(
      `Rejected ${bobId.slice(0, 16)}. They may ask again; to hear no more of them: rayfish block ${bobId.slice(0, 16)} `,
    );
  });

  it('block says how to undo it', async () => {
    expect(await terminal.run('block', 'bob')).toBe(0);
    expect(words()).toContain(`rayfish remove ${bobId.slice(0, 16)}`);
  });
});

describe('rayfish rename and remove', () => {
  it('say what they did', async () => {
    await terminal.run('rename', 'old', 'bob');
    await terminal.run('remove', 'bob');
    expect(helper.calls).toEqual([
      { method: 'rename-peer', params: { peer: 'old', name: 'bob' } },
      { method: 'remove-peer', params: { peer: 'bob' } },
    ]);
    expect(terminal.stdout).toBe(
      '‘old’ is now ‘bob’.\nRemoved bob: they can no longer reach this device, nor you theirs.\n',
    );
  });

  it('take a name that begins with a dash behind --', async () => {
    expect(await terminal.run('remove', '--', '-bob')).toBe(0);
    expect(helper.calls[0]?.params).toEqual({ peer: '-bob' });
  });
});

describe('rayfish peers', () => {
  it('lists whole IDs and both addresses', async () => {
    current = status({ peers: [peer({ drops: 3 })] });
    await terminal.run('peers');
    expect(terminal.stdout).toBe(`bob: connected, direct, 12 ms
  ID       ${bobId}
  IPv4     100.64.3.4
  IPv6     200:db8::4
  Path     192.0.2.7:45820
  Carrier  QUIC: the only one
  Traffic  1.5 kB sent, 23 MB received, 3 packets dropped
`);
  });

  it('is an object for programs, also when there are none', async () => {
    await terminal.run('peers', '--json');
    expect(terminal.stdout).toBe('{"peers":[]}\n');
  });
});

describe('rayfish invite', () => {
  it('prints nothing but the link, and on a terminal what to do with it beside', async () => {
    expect(await terminal.run('invite')).toBe(0);
    expect(terminal.stdout).toBe(`rayfish://add/${ownId}\n`);
    expect(terminal.stderr).toBe('');
    terminal.terminal = true;
    await terminal.run('invite');
    expect(terminal.stderr).toContain('Send it to a friend.');
  });
});
