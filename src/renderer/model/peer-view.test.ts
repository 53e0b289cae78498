import { describe, expect, it } from 'vitest';
import { people } from '../gallery/samples.test-support.js';
import { peerView, type Surroundings } from './peer-view.js';

const around: Surroundings = { live: true, engine: 'up', now: people.galleryNow };

describe('peerView', () => {
  it.each([
    [people.bob, 'good', 'Direct · 12 ms'],
    [people.nas, 'good', 'Direct · 0.8 ms'],
    [people.relayed, 'relayed', 'Relayed · 48 ms'],
    [people.paused, 'paused', 'Paused: they turned theirs off'],
    [people.connecting, 'busy', 'Connecting…'],
    [people.waiting, 'waiting', 'Waiting for them to add you'],
    [people.offline, 'quiet', 'Offline · seen 3 h ago'],
    [people.idle, 'quiet', 'Idle · seen 12 days ago'],
    [people.blocked, 'bad', 'Blocked'],
  ])('says the state in words: %#', (peer, tone, words) => {
    expect(peerView(peer, around)).toMatchObject({ tone, words });
  });

  it('claims nothing while the helper does not answer', () => {
    expect(peerView(people.bob, { ...around, live: false })).toMatchObject({ words: 'Not known now', passing: false });
  });

  it('does not call a peer connected while nothing passes', () => {
    const { words, passing } = peerView(people.bob, { ...around, engine: 'standby' });
    expect(words).not.toMatch(/direct|connected/i);
    expect(passing).toBe(false);
  });

  it('makes a hostile name harmless and short', () => {
    const { name } = peerView(people.hostile, around);
    expect(Array.from(name).length).toBeLessThanOrEqual(64);
    expect(name).not.toMatch(/[\u202e\n]/);
  });
});
