import { describe, expect, it } from 'vitest';
import { bobId, peer, status } from '../cli/fake-helper.test-support.js';
import type { AppState } from '../shared/app-contract.js';
import type { Status } from '../shared/status.js';
import { appState } from './app-state.test-support.js';
import { differsOnlyInTimes, trayView, type TrayItem } from './tray-view.js';

const request = { id: bobId, name: 'bob', at: '2026-01-01T00:00:00.000Z' };

function labels(items: readonly TrayItem[]): string[] {
  return items.flatMap((item) => (item.kind === 'separator' ? [] : [item.label]));
}

/** Icon, status row and the row of the one valid action. */
function seen(state: AppState): [string, string | undefined, string | undefined] {
  const { icon, menu } = trayView(state);
  const end = menu.findIndex(({ kind }) => kind === 'separator');
  const [text, ...actions] = labels(menu.slice(0, end));
  return [icon, text, actions.at(-1)];
}

function up(parts: Partial<Status>): AppState {
  return appState({ status: status(parts) });
}

function peersOf(state: AppState): string[] {
  const submenu = trayView(state).menu.find((item) => item.kind === 'submenu' && item.label === 'Peers');
  return submenu?.kind === 'submenu' ? labels(submenu.items) : [];
}

describe('tray', () => {
  it.each<[string, AppState, ReturnType<typeof seen>]>([
    [
      'looking for the helper',
      appState({ link: { kind: 'connecting', since: 0 }, status: null }),
      ['connecting', 'Looking for the background service…', undefined],
    ],
    [
      'a silent helper',
      appState({ link: { kind: 'connecting', since: 0 } }),
      ['missing', 'The background service isn’t answering', undefined],
    ],
    [
      'not installed',
      appState({ link: { kind: 'not-installed' } }),
      ['missing', 'The background service isn’t installed', 'Set up Rayfish…'],
    ],
    [
      'stopped',
      appState({ link: { kind: 'stopped' } }),
      ['missing', 'The background service isn’t running', 'Start the background service'],
    ],
    [
      'being started',
      appState({ link: { kind: 'stopped' }, service: { kind: 'running' } }),
      ['connecting', 'Starting the background service…', undefined],
    ],
    [
      'refused',
      appState({ link: { kind: 'refused', message: 'Somebody else’s.' } }),
      ['missing', 'The background service can’t be used', 'Find out why…'],
    ],
    [
      'not permitted',
      appState({ link: { kind: 'connected', level: 'anyone' } }),
      ['on', 'On · no peers yet', 'Get permission to change anything…'],
    ],
    ['starting', up({ state: 'starting' }), ['connecting', 'Connecting…', 'Disconnect']],
    ['stopping', up({ state: 'stopping', wish: 'standby' }), ['connecting', 'Disconnecting…', 'Connect']],
    ['standby', up({ state: 'standby', wish: 'standby' }), ['off', 'Off · peers see this device as paused', 'Connect']],
    [
      'failed',
      up({ state: 'failed', failure: { code: 'tun-lost', message: 'The device is gone.' } }),
      ['attention', 'Not working · open Rayfish to see why', 'Try again'],
    ],
    ['up alone', up({}), ['on', 'On · no peers yet', 'Disconnect']],
    [
      'waiting for the only peer',
      up({ peers: [peer({ state: 'waiting-for-them', path: null })] }),
      ['on', 'On · waiting for bob', 'Disconnect'],
    ],
    [
      'the only peer turned theirs off',
      up({ peers: [peer({ state: 'paused' })] }),
      ['on', 'On · bob is paused', 'Disconnect'],
    ],
    [
      'nobody there',
      up({ peers: [peer({ state: 'offline' }), peer({ id: 'c', state: 'idle' })] }),
      ['on', 'On · nobody connected', 'Disconnect'],
    ],
    ['connected', up({ peers: [peer()] }), ['on', 'Connected · 1 direct', 'Disconnect']],
    ['a request waits', up({ requests: [request] }), ['attention', 'On · no peers yet', 'Disconnect']],
  ])('says what is, and offers only what can be done: %s', (_name, state, expected) => {
    expect(seen(state)).toEqual(expected);
  });

  it('counts direct and relayed peers', () => {
    const relayed = { ...peer().path, kind: 'relay' } as never;
    const peers = [peer(), peer({ id: 'b' }), peer({ id: 'c', path: relayed }), peer({ id: 'd', state: 'offline' })];

    expect(trayView(up({ peers })).tooltip).toBe('Rayfish: Connected · 2 direct, 1 relayed');
  });

  it('lists the connected first, each with its path, and copies their address', () => {
    const state = up({ peers: [peer({ id: 'a', name: 'anna', state: 'offline', path: null }), peer()] });

    expect(peersOf(state)).toEqual(['● bob · direct · 12 ms', '○ anna · offline']);
    expect(JSON.stringify(trayView(state))).toContain('{"do":"copy","text":"100.64.3.4"}');
  });

  it('copies the IPv6 address where that is all that works', () => {
    expect(JSON.stringify(trayView(up({ ipv6Only: true, peers: [peer()] })))).toContain('"text":"200:db8::4"');
  });

  it('shows twenty of many peers and leaves the rest to the window', () => {
    const peers = Array.from({ length: 500 }, (_, index) => peer({ id: `${index}`, name: `p${index}` }));

    expect(peersOf(up({ peers }))).toHaveLength(21);
    expect(peersOf(up({ peers })).at(-1)).toBe('480 more in Rayfish…');
  });

  it('does not show who is blocked', () => {
    expect(peersOf(up({ peers: [peer({ state: 'blocked' })] }))).toEqual([]);
  });

  it('makes hostile names one short, harmless line wherever they appear', () => {
    const name = `<b>evil</b>\n\u202Egnp.exe${'x'.repeat(10_000)}`;
    const view = trayView(up({ name, peers: [peer({ name })], requests: [{ ...request, name }] }));
    const shown = labels(view.menu.flatMap((item) => (item.kind === 'submenu' ? item.items : [item])));

    expect(shown.filter((label) => label.includes('evil'))).toHaveLength(3);
    for (const label of [...shown, view.tooltip]) {
      expect(label).not.toMatch(/[\n\u202E]/);
      expect(label.length).toBeLessThan(80);
    }
  });

  it('says at the end that the tunnel can outlive the app', () => {
    expect(labels(trayView(up({})).menu).at(-1)).toBe('Quit… (the tunnel can stay on)');
    expect(labels(trayView(up({ wish: 'standby', state: 'standby' })).menu).at(-1)).toBe('Quit');
  });

  it('tells another round-trip time from other news', () => {
    const { path } = peer();
    const slower = path === null ? null : { ...path, rttMs: 80 };
    const before = trayView(up({ peers: [peer()] }));

    expect(differsOnlyInTimes(before, trayView(up({ peers: [peer({ path: slower })] })))).toBe(true);
    expect(differsOnlyInTimes(before, trayView(up({ peers: [peer({ state: 'paused' })] })))).toBe(false);
  });

  it('says that the device is offline, but not while somebody on a cable is there', () => {
    const alone = appState({ online: false, status: status({ peers: [peer({ state: 'offline' })] }) });
    expect(seen(alone).slice(0, 2)).toEqual(['connecting', 'You’re offline · reconnects automatically']);
    expect(seen(appState({ online: false, status: status({ peers: [peer({ state: 'connected' })] }) }))[1]).toMatch(
      /^Connected/,
    );
  });

  it('offers no page of a project that has none', () => {
    const help = (state: AppState): string =>
      JSON.stringify(trayView(state).menu.find((item) => item.kind === 'submenu' && item.label === 'Help'));
    expect(help(appState())).toContain('Documentation');
    expect(help(appState({ pages: [] }))).not.toContain('Documentation');
  });

  it('has one level of submenus', () => {
    const { menu } = trayView(up({ peers: [peer()] }));
    const inner = menu.flatMap((item) => (item.kind === 'submenu' ? item.items : []));

    expect(inner.some(({ kind }) => kind === 'submenu')).toBe(false);
  });
});
