import { describe, expect, it } from 'vitest';
import { people, sampleState, withStatus } from '../gallery/samples.test-support.js';
import { headline } from './headline.js';

const { bob, relayed, paused, waiting, offline, blocked } = people;

describe('headline', () => {
  it('says that nothing is connected while there is no service, with the one thing to do', () => {
    expect(headline({ ...sampleState, link: { kind: 'stopped' } })).toMatchObject({
      tone: 'attention',
      detail: 'The background service isn’t running.',
      toggle: null,
      action: { kind: 'start-service', label: 'Start it' },
    });
    expect(headline({ ...sampleState, link: { kind: 'not-installed' } }).action?.label).toBe('Install it');
  });

  it('says so at once when the helper went away, and keeps what was', () => {
    const { title, toggle } = headline({ ...sampleState, link: { kind: 'connecting', since: 0 } });
    expect(title).toBe('Service not answering');
    expect(toggle).toBeNull();
  });

  it('says "Connected" only of peers that are', () => {
    expect(headline(withStatus({ peers: [bob] })).title).toBe('Connected');
    expect(headline(withStatus({ peers: [paused, offline] })).title).toBe('On');
  });

  it.each([
    [[bob], '1 peer, direct.'],
    [[relayed], '1 peer, through a relay. Still encrypted, may be slower.'],
    [[bob, relayed], '2 peers: 1 direct, 1 through a relay.'],
    [[], 'Ready. Add somebody to connect to.'],
    [[blocked], 'Ready. Add somebody to connect to.'],
    [[waiting], 'Waiting to be added by the other side.'],
    [[paused], 'Your peers turned theirs off.'],
    [[offline, paused], 'No peer is there right now. We’ll connect when one is.'],
  ])('counts who is there: %#', (peers, detail) => {
    expect(headline(withStatus({ peers })).detail).toBe(detail);
  });

  it('says that the device is offline, but not while somebody is connected all the same', () => {
    const offlineNow = { online: false };
    expect(headline(withStatus({ peers: [offline, paused] }, offlineNow))).toMatchObject({
      tone: 'calm',
      title: 'You’re offline',
      detail: 'We’ll reconnect automatically.',
      toggle: { on: true },
    });
    expect(headline(withStatus({ peers: [bob] }, offlineNow)).title).toBe('Connected');
    expect(headline(withStatus({ state: 'standby' }, offlineNow)).title).toBe('Off');
  });

  it('says in standby that peers still see this device', () => {
    expect(headline(withStatus({ state: 'standby' }))).toMatchObject({
      title: 'Off',
      detail: 'Nothing passes. Your peers still see this device, as paused.',
      toggle: { on: false },
    });
  });

  it('lets starting be aborted', () => {
    expect(headline(withStatus({ state: 'starting', wish: 'up' })).toggle).toEqual({ on: true, label: 'Rayfish' });
  });

  it.each([
    ['identity-unreadable', 'new-identity'],
    ['tun-lost', 'up'],
    ['tun-unavailable', 'up'],
    ['endpoint-failed', 'up'],
    ['cgnat-conflict', 'allow-ipv6-only'],
    ['something-new', 'up'],
  ])('has one action for the failure %s', (code, kind) => {
    const { tone, action, toggle } = headline(withStatus({ state: 'failed', failure: { code, message: 'Why.' } }));
    expect({ tone, kind: action?.kind, toggle }).toEqual({ tone: 'failed', kind, toggle: null });
  });

  it('never shows a command in the window', () => {
    const message = 'Damaged. Put it back, or make a new identity with “rayfish id reset”.';
    const { detail } = headline(withStatus({ state: 'failed', failure: { code: 'identity-unreadable', message } }));
    expect(detail).not.toContain('rayfish id');
  });
});
