import { afterEach, describe, expect, it } from 'vitest';
import type { Status } from '../shared/status.js';
import { FakeHelper, bobId, ownId, peer, status } from './fake-helper.test-support.js';
import { Terminal } from './terminal.test-support.js';

let helper: FakeHelper;
afterEach(() => helper.stop());

async function terminalOn(parts: Partial<Status>): Promise<Terminal> {
  helper = await FakeHelper.start({ status: () => status(parts), 'reset-identity': () => ({ nodeId: bobId }) });
  return new Terminal(helper.socketPath);
}

describe('rayfish id', () => {
  it('prints the ID and nothing else', async () => {
    const terminal = await terminalOn({});
    expect(await terminal.run('id')).toBe(0);
    expect(terminal.stdout).toBe(`${ownId}\n`);
    expect(terminal.stderr).toBe('');
  });

  it('fails while the identity cannot be read, and says why', async () => {
    const failure = { code: 'identity-unreadable', message: 'identity.json is empty.' };
    const terminal = await terminalOn({ state: 'failed', nodeId: '', failure });
    expect(await terminal.run('id')).toBe(1);
    expect(terminal.stderr).toContain('identity.json is empty.');
    expect(terminal.stdout).toBe('');
  });
});

describe('rayfish id reset', () => {
  it('without a terminal does nothing unless told --yes', async () => {
    const terminal = await terminalOn({});
    expect(await terminal.run('id', 'reset')).toBe(2);
    expect(terminal.stderr).toContain('--yes');
    expect(helper.calls).toEqual([]);
    expect(await terminal.run('id', 'reset', '--yes')).toBe(0);
    expect(helper.calls).toEqual([{ method: 'reset-identity', params: {} }]);
    expect(terminal.stdout).toContain(bobId);
  });

  it.each([
    ['y', 0, 1],
    ['YES', 0, 1],
    ['', 1, 0],
    ['yesterday', 1, 0],
  ])('on a terminal asks; the answer ‘%s’ ends with %i', async (answer, code, calls) => {
    const terminal = await terminalOn({});
    Object.assign(terminal, { interactive: true, answer });
    expect(await terminal.run('id', 'reset')).toBe(code);
    expect(terminal.stdout).toContain('change for good');
    expect(helper.calls).toHaveLength(calls);
  });
});

describe('rayfish ip', () => {
  it('prints both own addresses, or the one asked for', async () => {
    const terminal = await terminalOn({});
    await terminal.run('ip');
    await terminal.run('ip', '-4');
    await terminal.run('ip', '-6');
    expect(terminal.stdout).toBe('100.64.1.2\n200:db8::2\n100.64.1.2\n200:db8::2\n');
  });

  it.each([
    ['bob', '100.64.3.4'],
    ['BOB', '100.64.3.4'],
    [bobId, '100.64.3.4'],
    [bobId.slice(0, 8), '100.64.3.4'],
  ])('finds the peer %s', async (reference, address) => {
    const terminal = await terminalOn({ peers: [peer(), peer({ id: ownId, name: 'carol' })] });
    expect(await terminal.run('ip', reference)).toBe(0);
    expect(terminal.stdout).toBe(`${address}\n`);
  });

  it('falls back to IPv6 where IPv4 does not work for one of the two', async () => {
    const collided = await terminalOn({ peers: [peer({ ipv4: null })] });
    await collided.run('ip', 'bob');
    expect(collided.stdout).toBe('200:db8::4\n');
    expect(await collided.run('ip', 'bob', '-4')).toBe(1);
    expect(collided.stderr).toContain('200:db8::4');
    await helper.stop();

    const ipv6Only = await terminalOn({ ipv6Only: true, peers: [peer()] });
    await ipv6Only.run('ip', 'bob');
    await ipv6Only.run('ip');
    expect(ipv6Only.stdout).toBe('200:db8::4\n200:db8::2\n');
  });

  it('names the fault for nobody and for several, and prints no address then', async () => {
    const terminal = await terminalOn({ peers: [peer(), peer({ id: `${bobId.slice(0, -1)}9` })] });
    expect(await terminal.run('ip', 'dave')).toBe(1);
    expect(await terminal.run('ip', 'bob')).toBe(1);
    expect(terminal.stderr).toMatch(/no peer ‘dave’[^]*any of 2 devices/);
    expect(terminal.stdout).toBe('');
  });

  it('tells a program all of it', async () => {
    const terminal = await terminalOn({ peers: [peer()] });
    await terminal.run('ip', 'bob', '--json');
    const address = '100.64.3.4';
    expect(JSON.parse(terminal.stdout)).toEqual({ id: bobId, name: 'bob', address, ipv4: address, ipv6: '200:db8::4' });
  });
});
