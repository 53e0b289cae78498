import { describe, expect, it } from 'vitest';
import { findPeer } from './peer-reference.js';

const bob = { id: 'b0b0'.padEnd(64, '1'), name: 'Bob', named: true };
const carol = { id: 'b0b1'.padEnd(64, '2'), name: 'carol', named: false };
const beef = { id: 'c0de'.padEnd(64, '3'), name: 'b0b0', named: true };

describe('findPeer', () => {
  it.each([
    ['bob', bob],
    [' BOB ', bob],
    [bob.id, bob],
    [bob.id.toUpperCase(), bob],
    ['b0b1', carol],
    ['c0de3', beef],
  ])('finds by ‘%s’', (reference, peer) => {
    expect(findPeer([bob, carol, beef], reference)).toBe(peer);
  });

  it('never takes a claimed name for the beginning of an ID, or the other way round', () => {
    const stranger = { id: 'e'.repeat(64), name: bob.id.slice(0, 16), named: false };
    expect(findPeer([bob, stranger], bob.id.slice(0, 16))).toBe(bob);
    expect(() => findPeer([stranger], bob.id.slice(0, 16))).toThrow(expect.objectContaining({ code: 'peer-unknown' }));
    const short = { ...stranger, name: 'b0b0' };
    expect(() => findPeer([bob, short], 'b0b0')).toThrow(expect.objectContaining({ code: 'peer-ambiguous' }));
  });

  it('prefers a name the owner gave to one that is claimed', () => {
    const claimant = { id: 'f'.repeat(64), name: 'Bob', named: false };
    expect(findPeer([claimant, bob], 'bob')).toBe(bob);
  });

  it('prefers a name to the beginning of an ID, so that nobody’s key takes a name over', () => {
    expect(findPeer([bob, carol, beef], 'b0b0')).toBe(beef);
  });

  it.each(['', 'b0b', 'dave', 'b0b2'])('knows nobody by ‘%s’', (reference) => {
    expect(() => findPeer([bob, carol], reference)).toThrow(expect.objectContaining({ code: 'peer-unknown' }));
  });

  it('does not take nothing for somebody without a name', () => {
    expect(() => findPeer([{ id: bob.id, name: '', named: false }], ' ')).toThrow(
      expect.objectContaining({ code: 'peer-unknown' }),
    );
  });

  it('refuses to choose among several', () => {
    const other = { id: 'd'.repeat(64), name: 'bob', named: true };
    expect(() => findPeer([bob, other], 'bob')).toThrow(expect.objectContaining({ code: 'peer-ambiguous' }));
    const alike = { id: `${bob.id.slice(0, -1)}9`, name: 'x', named: false };
    expect(() => findPeer([bob, alike], 'b0b01')).toThrow(expect.objectContaining({ code: 'peer-ambiguous' }));
  });
});
