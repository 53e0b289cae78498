import { beforeEach, describe, expect, it } from 'vitest';
import { peer, status } from '../cli/fake-helper.test-support.js';
import type { AppState } from '../shared/app-contract.js';
import type { Status } from '../shared/status.js';
import { appState } from './app-state.test-support.js';
import { Notices, type Notice } from './notices.js';

const quiet = appState();
let notices: Notices;

beforeEach(() => {
  notices = new Notices();
});

function withStatus(parts: Partial<Status>): AppState {
  return appState({ status: status(parts) });
}

function requests(...names: string[]): AppState {
  return withStatus({ requests: names.map((name, index) => ({ id: `${index}`, name, at: '2026-01-01T00:00:00Z' })) });
}

function titles(list: Notice[]): string[] {
  return list.map(({ title }) => title);
}

describe('notifications', () => {
  it('tell of a request once, and lead to it', () => {
    const state = requests('bob');

    expect(notices.after(state, quiet, 0)).toMatchObject([
      { title: 'A device calling itself ‘bob’ wants to connect', page: 'requests' },
    ]);
    expect(notices.after(state, state, 60_000)).toEqual([]);
  });

  it('do not let strangers ring twice within half a minute, and tell of them together then', () => {
    notices.after(requests('a'), quiet, 0);

    expect(notices.after(requests('a', 'b', 'c'), quiet, 10_000)).toEqual([]);
    expect(titles(notices.after(requests('a', 'b', 'c'), quiet, 31_000))).toEqual(['2 devices want to connect']);
  });

  it('tell of the same machine again when it asks again', () => {
    notices.after(requests('a'), quiet, 0);
    notices.after(quiet, quiet, 1000);

    expect(notices.after(requests('a'), quiet, 60_000)).toHaveLength(1);
  });

  it('show a hostile name as a short line', () => {
    const [notice] = notices.after(requests(`<b>\n\u202E${'x'.repeat(10_000)}`), quiet, 0);

    expect(notice?.title).not.toMatch(/[\n\u202E]/);
    expect(notice?.title.length).toBeLessThan(100);
  });

  it('tell of an address conflict once while it lasts', () => {
    const conflict = withStatus({
      warnings: [{ code: 'cgnat-conflict', message: 'Tailscale is using the 100.x range.', sticky: false }],
    });

    expect(notices.after(conflict, quiet, 0)).toMatchObject([{ body: 'Tailscale is using the 100.x range.' }]);
    expect(notices.after(conflict, conflict, 1)).toEqual([]);
    notices.after(quiet, conflict, 2);
    expect(notices.after(conflict, quiet, 3)).toHaveLength(1);
  });

  it('bring neither markup nor more than a line into what a desktop reads', () => {
    const message = `Device <a href="https://example.org">tun0</a>\n\u202E & others use the range.${'x'.repeat(3000)}`;
    const conflict = withStatus({ warnings: [{ code: 'cgnat-conflict', message, sticky: false }] });

    const [notice] = notices.after(conflict, quiet, 0);
    expect(notice?.body).not.toMatch(/[<>&\n\u202E]/);
    expect(notice?.body.length).toBeLessThan(310);
  });

  it('tell of a peer that comes online where the owner asked for it', () => {
    const before = withStatus({ peers: [peer({ state: 'offline' })] });
    const after = withStatus({ peers: [peer()] });
    const wanted = { ...quiet.settings, notifyPeerOnline: true };

    expect(notices.after(after, before, 0)).toEqual([]);
    expect(titles(notices.after({ ...after, settings: wanted }, before, 0))).toEqual(['bob is online']);
  });

  it('do not announce everybody when the helper comes back', () => {
    const before = appState({ link: { kind: 'stopped' }, status: status({ peers: [peer({ state: 'offline' })] }) });
    const after = { ...withStatus({ peers: [peer()] }), settings: { ...quiet.settings, notifyPeerOnline: true } };

    expect(notices.after(after, before, 0)).toEqual([]);
  });

  it('tell that the helper has stopped, but not that it did not run at the start', () => {
    const stopped = appState({ link: { kind: 'stopped' } });

    expect(titles(notices.after(stopped, quiet, 0))).toEqual(['The background service has stopped']);
    expect(notices.after(stopped, stopped, 1)).toEqual([]);
    expect(notices.after({ ...stopped, status: null }, { ...quiet, status: null }, 2)).toEqual([]);
  });
});
