import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Failure } from '../shared/errors.js';
import type { Settings } from '../shared/ipc-contract.js';
import { Engine } from './engine.js';
import { FakeHost } from './fake-host.test-support.js';
import { Logs } from './logs.js';
import { openState, type State } from './state.js';

const bob = '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c';
const tailscale = { interface: 'tailscale0', address: '100.100.1.2' };

let directory: string;
let host: FakeHost;
let state: State;
let logs: Logs;
let engine: Engine;

beforeEach(() => {
  vi.useFakeTimers();
  directory = mkdtempSync(join(tmpdir(), 'rayfish-engine-'));
  host = new FakeHost();
  logs = new Logs(directory);
  engine = create();
});

afterEach(async () => {
  await engine.stop();
  vi.useRealTimers();
  rmSync(directory, { recursive: true });
});

/** A helper over the same state directory, as after a restart. */
function create(overrides: Partial<Settings> = {}): Engine {
  state = openState(directory, overrides);
  return new Engine({
    state,
    network: host.network,
    startPlane: host.startPlane,
    logs,
    tunName: null,
    hardwareAes: true,
    rekeyAfter: null,
  });
}

function warningCodes(): string[] {
  return engine.status().warnings.map(({ code }) => code);
}

describe('starting', () => {
  it('is up with an identity, a device and an open gate', async () => {
    const started = engine.start();
    expect(engine.status().state).toBe('starting');
    await started;
    expect(engine.status()).toMatchObject({
      state: 'up',
      failure: null,
      wish: 'up',
      tun: { name: expect.stringContaining('0') as string, mtu: 1280 },
      ipv6Only: false,
      ports: [45820],
      drops: { 'not-ip': 3 },
    });
    expect(engine.status().nodeId).toMatch(/^[0-9a-f]{64}$/);
    expect(host.plane.open).toBe(true);
    expect(host.network.wish).toMatchObject({ link: 'up', ipv6Only: false, tun: { mtu: 1280 } });
  });

  it('restores what the owner wanted: standby stays standby, same identity', async () => {
    await engine.start();
    const { nodeId } = engine.status();
    await engine.setWish('standby');
    await engine.stop();
    engine = create();
    await engine.start();
    expect(engine.status()).toMatchObject({ state: 'standby', nodeId });
    expect(host.plane.open).toBe(false);
    expect(host.network.wish?.link).toBe('down');
    expect(host.plane.options?.hello.toString()).toContain('"paused":true');
  });

  it('says which port it took where the wanted one is taken', async () => {
    host.plane.usedPorts = [50001];
    await engine.start();
    expect(engine.status().warnings).toMatchObject([
      { code: 'port-taken', message: expect.stringMatching(/45820.*50001/) as string },
    ]);
  });

  it('fails with the reason and stays there to be asked, until turned on again', async () => {
    host.plane.attachFault = 'tun-unavailable: no such file';
    await engine.start();
    expect(engine.status()).toMatchObject({ state: 'failed', failure: { code: 'tun-unavailable' }, tun: null });
    expect(host.plane.open).toBe(false);
    host.plane.attachFault = null;
    await engine.setWish('up');
    expect(engine.status()).toMatchObject({ state: 'up', failure: null });
  });

  it('fails where the endpoint cannot start, and tries again on up', async () => {
    host.startFault = 'endpoint-failed: no sockets';
    await engine.start();
    expect(engine.status()).toMatchObject({ state: 'failed', failure: { code: 'endpoint-failed' } });
    host.startFault = null;
    await engine.setWish('up');
    expect(engine.status().state).toBe('up');
  });

  it('starts another endpoint where the one there was died', async () => {
    await engine.start();
    const [dead] = [host.plane];
    host.emit({ kind: 'endpoint-lost', detail: 'its sockets failed' });
    await vi.advanceTimersByTimeAsync(1);
    expect(dead.closed).toBe(true);
    expect(host.plane).not.toBe(dead);
    expect(host.plane.open).toBe(true);
    expect(engine.status().state).toBe('up');
  });

  it('is never up where the network could not be configured', async () => {
    host.network.fault = new Failure('network-configuration', 'No.');
    await engine.start();
    expect(engine.status()).toMatchObject({ state: 'failed', failure: { code: 'network-configuration' } });
    expect(host.plane.open).toBe(false);
  });
});

describe('identity', () => {
  it('that cannot be read is left alone; only a reset makes a new one', async () => {
    const path = join(directory, 'identity.json');
    writeFileSync(path, 'damaged');
    await engine.start();
    expect(engine.status()).toMatchObject({ state: 'failed', failure: { code: 'identity-unreadable' }, nodeId: '' });
    expect(readFileSync(path, 'utf8')).toBe('damaged');
    await engine.setWish('up');
    expect(engine.status().state).toBe('failed');

    const nodeId = await engine.resetIdentity();
    expect(engine.status()).toMatchObject({ state: 'up', nodeId });
  });

  it('is another one after a reset: the old endpoint and all its traces are gone', async () => {
    await engine.start();
    const before = engine.status();
    const old = host.plane;
    await engine.resetIdentity();
    expect(engine.status().nodeId).not.toBe(before.nodeId);
    expect(engine.status().ipv6).not.toBe(before.ipv6);
    expect(old.closed).toBe(true);
    expect(host.network.removed).toEqual([Number.parseInt(before.nodeId.slice(0, 8), 16)]);
  });
});

describe('up and down', () => {
  it('keep device and connections, and go in the safe order', async () => {
    await engine.start();
    host.journal.length = 0;
    await engine.setWish('standby');
    await engine.setWish('up');
    expect(host.journal).toEqual(['gate closed', 'link down', 'link up', 'gate open']);
    expect(host.plane.attachments).toBe(1);
    expect(host.starts).toBe(1);
  });

  it('are told to peers, and to those who come later', async () => {
    engine.book.add(bob);
    await engine.start();
    host.connect(bob, 1);
    await engine.setWish('standby');
    expect(host.plane.sent).toEqual([{ id: bob, message: { type: 'paused' } }]);
    expect(host.plane.hello).toMatchObject({ paused: true });
    await engine.setWish('up');
    expect(host.plane.sent.at(-1)).toEqual({ id: bob, message: { type: 'resumed' } });
    expect(host.plane.hello).toMatchObject({ paused: false });
  });

  it('end in order: gate, routes, device, then the endpoint so that peers hear it', async () => {
    await engine.start();
    host.journal.length = 0;
    await engine.stop();
    expect(host.journal).toEqual(['gate closed', 'remove', 'detach', 'close']);
    expect(engine.status().state).toBe('stopped');
  });

  it('many at once end as the last one wanted', async () => {
    await engine.start();
    await Promise.all([engine.setWish('standby'), engine.setWish('up'), engine.setWish('standby')]);
    expect(engine.status().state).toBe('standby');
    expect(host.plane.open).toBe(false);
  });
});

describe('the end', () => {
  it('is not undone by what was still under way', async () => {
    await engine.start();
    host.network.change();
    const stopped = engine.stop();
    const late = [engine.refresh(), engine.resetIdentity(), engine.setWish('up')];
    await Promise.all([stopped, ...late]);
    expect(engine.status().state).toBe('stopped');
    expect(host.starts).toBe(1);
    expect(host.plane.closed).toBe(true);
  });
});

describe('what helps to find a peer', () => {
  it('survives a kill a few seconds later', async () => {
    engine.book.add(bob);
    await engine.start();
    host.connect(bob, 1, { name: 'Robert' });
    await vi.advanceTimersByTimeAsync(6000);
    const killed = openState(directory, {});
    expect(killed.hints.get(bob)).toMatchObject({ claimedName: 'Robert', addresses: ['192.0.2.9:45820'] });
  });

  it('that cannot be kept is a warning, and the tunnel goes on', async () => {
    engine.book.add(bob);
    await engine.start();
    host.connect(bob, 1);
    mkdirSync(join(directory, 'hints.json', 'in-the-way'), { recursive: true });
    await vi.advanceTimersByTimeAsync(6000);
    expect(warningCodes()).toEqual(['state-unwritable']);
    expect(engine.status().state).toBe('up');
    rmSync(join(directory, 'hints.json'), { recursive: true });
    await vi.advanceTimersByTimeAsync(6000);
    expect(warningCodes()).toEqual([]);
  });
});

describe('a foreign network in 100.64.0.0/10', () => {
  it('makes us IPv6-only with a warning, and is forgotten when it goes', async () => {
    await engine.start();
    engine.book.add(bob);
    engine.peersChanged();
    host.network.surveyed = { ...host.network.surveyed, cgnat: [tailscale] };
    host.network.change();
    await engine.refresh();
    expect(engine.status()).toMatchObject({ state: 'up', ipv6Only: true });
    expect(engine.status().warnings).toMatchObject([{ code: 'cgnat-conflict', ...tailscale }]);
    expect(host.network.wish).toMatchObject({ ipv6Only: true });
    expect(host.plane.table).toMatchObject({ ownIpv4: null, peers: [{ id: bob, ipv4: null }] });

    host.network.surveyed = { ...host.network.surveyed, cgnat: [] };
    host.network.change();
    await engine.refresh();
    expect(engine.status()).toMatchObject({ ipv6Only: false, warnings: [] });
    expect(host.plane.table.ownIpv4).toBe(engine.status().ipv4);
    expect(host.plane.table.peers[0]?.ipv4).toBe('100.101.125.124');
  });

  it('is no reason for a warning where the owner chose IPv6-only', async () => {
    state.settings.set('ipv6-only', 'on');
    host.network.surveyed = { ...host.network.surveyed, cgnat: [tailscale] };
    await engine.start();
    expect(engine.status()).toMatchObject({ state: 'up', ipv6Only: true, warnings: [] });
  });

  it('before the start is a failure where the owner wants no IPv6-only, until it is gone', async () => {
    state.settings.set('ipv6-only', 'off');
    host.network.surveyed = { ...host.network.surveyed, cgnat: [tailscale] };
    await engine.start();
    expect(engine.status()).toMatchObject({ state: 'failed', failure: { code: 'cgnat-conflict' }, tun: null });
    expect(engine.status().failure?.message).toContain('tailscale0');
    host.network.surveyed = { ...host.network.surveyed, cgnat: [] };
    host.network.change();
    await engine.refresh();
    expect(engine.status()).toMatchObject({ state: 'up', failure: null });
  });

  it('after the start makes way for it where the owner wants no IPv6-only', async () => {
    state.settings.set('ipv6-only', 'off');
    await engine.start();
    host.network.surveyed = { ...host.network.surveyed, cgnat: [tailscale] };
    host.network.change();
    await engine.refresh();
    expect(engine.status()).toMatchObject({ state: 'failed', failure: { code: 'cgnat-conflict' } });
    expect(host.plane.open).toBe(false);
    expect(host.network.wish).toMatchObject({ link: 'down', ipv6Only: true });
    state.settings.set('ipv6-only', 'auto');
    expect(await engine.settingsChanged()).toBe(false);
    expect(engine.status()).toMatchObject({ state: 'up', ipv6Only: true });
  });
});

describe('the device', () => {
  it('that is lost is made anew at once', async () => {
    await engine.start();
    host.emit({ kind: 'tun-lost', detail: 'end of file' });
    await engine.refresh();
    expect(engine.status().state).toBe('up');
    expect(host.plane.attachments).toBe(2);
    expect(host.plane.open).toBe(true);
  });

  it('that is lost again and again is a failure until the owner turns Rayfish on', async () => {
    await engine.start();
    host.emit({ kind: 'tun-lost', detail: 'end of file' });
    await engine.refresh();
    host.emit({ kind: 'tun-lost', detail: 'end of file' });
    await engine.refresh();
    expect(engine.status()).toMatchObject({ state: 'failed', failure: { code: 'tun-lost' }, tun: null });
    await engine.setWish('up');
    expect(engine.status().state).toBe('up');
  });

  it('that cannot be made again is a failure with the reason it was lost', async () => {
    await engine.start();
    host.plane.attachFault = 'tun-unavailable: gone';
    host.emit({ kind: 'tun-lost', detail: 'end of file' });
    await engine.refresh();
    expect(engine.status().failure).toMatchObject({
      code: 'tun-lost',
      message: expect.stringContaining('end of file') as string,
    });
  });
});

describe('changes of the network', () => {
  it('by others are repaired and logged', async () => {
    await engine.start();
    host.network.outcome = { changes: ['the route 200::/7'], repaired: true, warnings: [] };
    host.network.change();
    await engine.refresh();
    expect(logs.recent().at(-1)).toMatchObject({
      level: 'warn',
      message: expect.stringContaining('route 200::/7') as string,
    });
  });

  it('reach the data plane, mDNS and the peers that are waited for', async () => {
    engine.book.add(bob);
    await engine.start();
    await vi.advanceTimersByTimeAsync(90_000);
    expect(host.plane.lan).toEqual({ interfaces: ['192.0.2.7'], announce: ['192.0.2.7'], eager: false });
    const before = host.plane.dialled.length;
    const networkChanges = host.plane.networkChanges;
    host.network.surveyed = {
      ...host.network.surveyed,
      lan: [{ name: 'wlan0', ipv4: ['198.51.100.7'], ipv6: ['2001:db8::7'] }],
    };
    host.network.change();
    await engine.refresh();
    await vi.advanceTimersByTimeAsync(10);
    expect(host.plane.networkChanges).toBeGreaterThan(networkChanges);
    expect(host.plane.lan).toEqual({
      interfaces: ['198.51.100.7'],
      announce: ['198.51.100.7', '2001:db8::7'],
      eager: true,
    });
    expect(host.plane.dialled.length).toBe(before + 1);
  });

  it('do not make a failure that we bring about ourselves go round and round', async () => {
    host.network.fault = new Failure('network-configuration', 'No.');
    await engine.start();
    host.plane.attachments = 0;
    for (let n = 0; n < 40; n++) {
      host.network.change();
      await vi.advanceTimersByTimeAsync(100);
    }
    host.network.fault = null;
    expect(engine.status().state).toBe('failed');
    await vi.advanceTimersByTimeAsync(5000);
    expect(engine.status().state).toBe('up');
  });

  it('show a firewall that is in the way', async () => {
    host.network.firewallWarnings = [{ code: 'firewall-blocks-tunnel', message: 'Blocked.', sticky: false }];
    await engine.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(warningCodes()).toEqual(['firewall-blocks-tunnel']);
    host.network.firewallWarnings = [];
    await vi.advanceTimersByTimeAsync(30_000);
    expect(warningCodes()).toEqual([]);
  });
});

describe('mDNS', () => {
  it('is silent where the owner wants none', async () => {
    state.settings.set('mdns', 'off');
    await engine.start();
    expect(host.plane.lan.interfaces).toEqual([]);
  });

  it('asks eagerly while somebody new is waited for, and calmly once connected', async () => {
    await engine.start();
    expect(host.plane.lan.eager).toBe(false);
    engine.book.add(bob);
    engine.peersChanged();
    expect(host.plane.lan.eager).toBe(true);
    host.connect(bob, 1);
    expect(host.plane.lan.eager).toBe(false);
  });

  it('that does not work is a warning', async () => {
    await engine.start();
    host.emit({ kind: 'mdns-failed', detail: 'no socket' });
    expect(warningCodes()).toEqual(['mdns-unavailable']);
  });
});

describe('settings', () => {
  it('of the endpoint need a restart, the name does not', async () => {
    engine.book.add(bob);
    await engine.start();
    host.connect(bob, 1);
    state.settings.set('name', 'castle');
    expect(await engine.settingsChanged()).toBe(false);
    expect(host.plane.sent).toEqual([{ id: bob, message: { type: 'renamed', name: 'castle' } }]);
    state.settings.set('relay', 'none');
    expect(await engine.settingsChanged()).toBe(true);
    state.settings.unset('relay');
    expect(await engine.settingsChanged()).toBe(false);
  });

  it('reach the endpoint as it wants them', async () => {
    engine = create({ relay: ['https://relay.example'], discovery: 'none', port: 7000 });
    await engine.start();
    expect(host.plane.options).toMatchObject({
      port: 7000,
      relay: { mode: 'custom', urls: ['https://relay.example'] },
      discovery: { mode: 'none', urls: [] },
    });
  });
});

describe('state that cannot be read', () => {
  it('is set aside with a warning that stays until the owner has seen it', async () => {
    await engine.start();
    writeFileSync(join(directory, 'peers.json'), 'damaged');
    await engine.stop();
    engine = create();
    await engine.start();
    expect(engine.status().warnings).toMatchObject([{ code: 'peers-unreadable', sticky: true }]);
    expect(existsSync(join(directory, 'peers.json'))).toBe(false);
    await engine.stop();
    engine = create();
    expect(warningCodes()).toEqual(['peers-unreadable']);
    state.warnings.dismiss('peers-unreadable');
    expect(warningCodes()).toEqual([]);
  });
});

describe('an invite', () => {
  it('carries where we can be reached', async () => {
    await engine.start();
    host.emit({ kind: 'addresses', direct: ['203.0.113.5:45820'], relay: 'https://relay.example/' });
    expect(engine.whereabouts()).toEqual({
      id: engine.status().nodeId,
      addresses: ['203.0.113.5:45820', '192.0.2.7:45820'],
      relay: 'https://relay.example/',
    });
  });
});
