import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nodeStatusSchema, type Status } from '../shared/status.js';
import { FakeHelper, bobId, ownId, peer, status } from './fake-helper.test-support.js';
import { width } from './output.js';
import { Terminal } from './terminal.test-support.js';

let helper: FakeHelper;
let terminal: Terminal;
let current: Status;
/** Happens before the helper's answer to subscribe. */
let subscribed: () => void;

beforeEach(async () => {
  current = status();
  subscribed = () => undefined;
  const changed = () => current;
  helper = await FakeHelper.start({
    status: changed,
    up: changed,
    down: changed,
    'dismiss-warning': () => ({}),
    subscribe: () => {
      subscribed();
      return {};
    },
  });
  terminal = new Terminal(helper.socketPath);
});
afterEach(() => helper.stop());

async function page(parts: Partial<Status>): Promise<string> {
  current = status(parts);
  terminal.stdout = '';
  expect(await terminal.run('status')).toBe(0);
  return terminal.stdout;
}

describe('rayfish status', () => {
  it('says the state, who we are, and what to do when nobody was added yet', async () => {
    expect(await page({})).toBe(`Rayfish is on.

  Name    laptop
  ID      ${ownId}
  IPv4    100.64.1.2
  IPv6    200:db8::2
  Tunnel  rayfish0, MTU 1280, UDP port 45820

No peers yet. Give a friend your ID, and add theirs: rayfish add <their ID>
`);
  });

  it('shows peers in columns, and in a sentence what each waits for', async () => {
    const lastSeen = '2025-06-01T11:57:00Z';
    const problem = 'They cannot be found.';
    const peers = [
      peer(),
      peer({ name: 'carol', state: 'waiting-for-them', path: null }),
      peer({ name: 'dave', state: 'offline', path: null, lastSeen, problem, ipv4: null }),
    ];
    expect(await page({ peers })).toContain(`
  PEER   STATE             PATH           LAST SEEN  ADDRESS
  bob    connected         direct, 12 ms  now        100.64.3.4
  carol  waiting for them  -              never      100.64.3.4
  dave   offline           -              3 min ago  IPv6 only

  Waiting for carol: they need to add you too. Your ID: rayfish id
  dave: They cannot be found.
`);
  });

  it('shows a request with its whole ID, the name as a claim, and both answers', async () => {
    const text = await page({ requests: [{ id: bobId, name: 'bob', at: '2025-06-01T11:59:00Z' }] });
    expect(text).toContain(`A device calling itself ‘bob’ wants to connect (1 min ago).\n  ${bobId}\n`);
    expect(text).toContain(`rayfish accept ${bobId.slice(0, 16)}\n`);
    expect(text).toContain(`rayfish reject ${bobId.slice(0, 16)}\n`);
  });

  it('shows each warning, and how to put away one that stays', async () => {
    const warnings: Status['warnings'] = [
      { code: 'peers-unreadable', message: 'The list of peers could not be read.', sticky: true },
      { code: 'port-taken', message: 'Port 45820 is in use.', sticky: false },
    ];
    expect(await page({ warnings })).toContain(`! The list of peers could not be read.
  Once you have seen to it: rayfish dismiss peers-unreadable
! Port 45820 is in use.
`);
  });

  it('says why it failed, and what is left when the identity is unreadable', async () => {
    const failure = { code: 'identity-unreadable', message: 'identity.json is empty.' };
    const text = await page({ state: 'failed', failure, nodeId: '', name: '', ipv4: '', ipv6: '', tun: null });
    expect(text).toContain(
      'Rayfish doesn’t work.\nidentity.json is empty.\nA new identity, if the old one is lost: rayfish id reset\n',
    );
  });

  it('says that IPv4 is not in use while it is IPv6 only', async () => {
    expect(await page({ ipv6Only: true })).toContain('IPv4    not in use (IPv6 only)\n');
  });

  it('says that part is missing for a caller who may not see all', async () => {
    helper.level = 'anyone';
    expect(await page({})).toContain('sudo rayfish status');
  });

  it('fits 80 columns, whatever peers call themselves', async () => {
    const path = { kind: 'relay', carrier: 'quic', carrierReason: '', remote: null, rttMs: 1234 } as const;
    const text = await page({
      peers: ['x'.repeat(64), '日本語'.repeat(20), '🐟'.repeat(40)].map((name) =>
        peer({ name, path, state: 'waiting-for-them', ipv4: '100.127.255.255', lastSeen: '2025-05-01T00:00:00Z' }),
      ),
      requests: [{ id: bobId, name: 'a name '.repeat(9), at: '2025-06-01T12:00:00Z' }],
    });
    const rows = text.split('\n').filter((line) => line.includes('100.127'));
    expect(rows).toHaveLength(3);
    for (const line of text.split('\n')) expect(width(line), line).toBeLessThanOrEqual(80);
  });

  it('lets no name steer the terminal', async () => {
    const text = await page({ peers: [peer({ name: 'b\u001b[2Jo\u202eb\n' })] });
    for (const character of ['\u001b', '\u202e']) expect(text).not.toContain(character);
  });

  it('is coloured on a terminal only, and not with NO_COLOR', async () => {
    expect(await page({})).not.toContain('\u001b[');
    terminal.terminal = true;
    expect(await page({})).toContain('\u001b[32mRayfish is on.');
    terminal.env['NO_COLOR'] = '1';
    expect(await page({})).not.toContain('\u001b[');
  });

  it('--json is the whole status', async () => {
    current = status({ peers: [peer()] });
    await terminal.run('status', '--json');
    expect(JSON.parse(terminal.stdout)).toEqual(current);
  });
});

describe('rayfish status --watch', () => {
  it('follows events, waits for a helper that goes away, and ends cleanly on Ctrl-C', async () => {
    const watching = terminal.run('status', '--watch', '--json');
    const last = (): Status => JSON.parse(terminal.stdout.trim().split('\n').at(-1) ?? '') as Status;
    await vi.waitFor(() => {
      expect(last().peers).toEqual([]);
    });
    helper.emit('peer', peer({ state: 'connecting' }));
    helper.emit('peer', peer());
    await vi.waitFor(() => {
      expect(last().peers).toEqual([peer()]);
    });
    helper.emit('peer-removed', { id: bobId });
    helper.emit('node', nodeStatusSchema.parse(status({ state: 'standby' })));
    await vi.waitFor(() => {
      expect(last()).toEqual(status({ state: 'standby' }));
    });

    await helper.hangUp();
    current = status({ name: 'restarted' });
    await helper.listen();
    await vi.waitFor(
      () => {
        expect(last().name).toBe('restarted');
      },
      { timeout: 3000 },
    );
    terminal.pressCtrlC();
    expect(await watching).toBe(0);
  });

  it('takes what comes before the snapshot as part of it', async () => {
    subscribed = () => {
      helper.emit('peer', peer());
    };
    const watching = terminal.run('status', '--watch', '--json');
    await vi.waitFor(() => {
      expect(terminal.stdout).not.toBe('');
    });
    terminal.pressCtrlC();
    expect(await watching).toBe(0);
    expect(terminal.stdout).toBe(`${JSON.stringify(current)}\n`);
  });

  it('says once that it waits', async () => {
    const watching = terminal.run('status', '--watch');
    await vi.waitFor(() => {
      expect(terminal.stdout).toContain('laptop');
    });
    await helper.hangUp();
    await vi.waitFor(() => {
      expect(terminal.stderr).toContain('Waiting for it to come back.');
    });
    terminal.pressCtrlC();
    expect(await watching).toBe(0);
    expect(terminal.stderr.split('Waiting')).toHaveLength(2);
  });

  it('fails when there is no helper to begin with', async () => {
    expect(await new Terminal('/nowhere/helper.sock').run('status', '--watch')).toBe(3);
  });
});

describe('rayfish up and down', () => {
  it('say the state, and with up the addresses and what is wrong', async () => {
    current = status({ warnings: [{ code: 'ipv6-unavailable', message: 'IPv6 is off here.', sticky: false }] });
    expect(await terminal.run('up')).toBe(0);
    expect(terminal.stdout).toMatch(/^Rayfish is on\.\n[^]*100\.64\.1\.2\n[^]*! IPv6 is off here\.\n$/);
    current = status({ state: 'standby' });
    expect(await terminal.run('down')).toBe(0);
    expect(terminal.stdout).toMatch(/Rayfish is off: nothing passes\. .*rayfish up\n$/);
  });

  it('up never reports success while it failed', async () => {
    current = status({ state: 'failed', failure: { code: 'tun-unavailable', message: 'There is no /dev/net/tun.' } });
    expect(await terminal.run('up')).toBe(1);
    expect(terminal.stderr).toContain('There is no /dev/net/tun.');
    expect(terminal.stdout).toBe('');
  });
});

describe('rayfish dismiss', () => {
  it('puts a warning away', async () => {
    expect(await terminal.run('dismiss', 'peers-unreadable')).toBe(0);
    expect(helper.calls).toEqual([{ method: 'dismiss-warning', params: { code: 'peers-unreadable' } }]);
  });
});
