import { describe, expect, it } from 'vitest';
import { people, sampleStatus } from '../gallery/samples.test-support.js';
import { readAddText } from './add-text.js';

const friend = people.sampleId('zoe');
const known = { nodeId: sampleStatus.nodeId, peers: [people.bob, people.blocked] };
const read = (text: string): ReturnType<typeof readAddText> => readAddText(text, known);

describe('readAddText', () => {
  it('accepts an ID as people paste it', () => {
    expect(read(`  “${friend.toUpperCase()}”\n`)).toEqual({ kind: 'peer', id: friend, name: '', wasBlocked: false });
  });

  it('accepts an invite and takes its name', () => {
    expect(read(`rayfish://add/${friend}?name=zoe`)).toMatchObject({ kind: 'peer', id: friend, name: 'zoe' });
  });

  it('leads to a peer that was added already', () => {
    expect(read(people.bob.id)).toMatchObject({ kind: 'known', id: people.bob.id });
  });

  it('says that adding unblocks', () => {
    expect(read(people.blocked.id)).toMatchObject({ kind: 'peer', wasBlocked: true });
  });

  it('says nothing of nothing', () => {
    expect(read('  \n')).toEqual({ kind: 'empty' });
  });

  it('has a sentence of its own for every malformed paste', () => {
    const pastes = [
      sampleStatus.nodeId,
      friend.slice(0, 40),
      friend + friend,
      `${friend.slice(0, 63)}x`,
      'rayfish://join/x',
      'rayfish://add/',
      `rayfish://add/${friend}?relay=nonsense`,
      `rayfish://add/${friend}?addr=nowhere`,
      'https://example.net',
      'bob@example.net',
      '100.101.7.9',
      '192.168.1.7',
      'fe80::1',
    ];
    const messages = pastes.map((text) => {
      const result = read(text);
      expect(result.kind, text).toBe('fault');
      return result.kind === 'fault' ? result.message : '';
    });
    // Addresses outside the overlay share theirs.
    expect(new Set(messages).size).toBe(pastes.length - 1);
  });

  it('survives ten thousand characters', () => {
    expect(read('z'.repeat(10_000))).toMatchObject({ kind: 'fault' });
  });
});
