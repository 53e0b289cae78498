import { describe, expect, it } from 'vitest';
import { overlayAddresses } from '../shared/overlay-address.js';
import { assignAddresses } from './address-assignment.js';

// Two texts of the same low 22 FNV-1a bits, found by search in python3.
const one = '0000000000000000000000000000000000000000000000000000000000003e3b';
const twin = '00000000000000000000000000000000000000000000000000000000000056b0';
const other = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';

describe('assignAddresses', () => {
  it('gives everybody the derived addresses where nobody collides', () => {
    const assigned = assignAddresses(one, [other]);
    expect(assigned.get(other)).toEqual(overlayAddresses(other));
  });

  it('lets our own address win, however long the peer is known', () => {
    const assigned = assignAddresses(one, [twin, other]);
    expect(assigned.get(twin)).toEqual({ ipv4: null, ipv6: overlayAddresses(twin).ipv6 });
    expect(assigned.get(other)?.ipv4).not.toBeNull();
  });

  it.each([
    [one, twin],
    [twin, one],
  ])('lets the peer known longer win', (older, newer) => {
    const assigned = assignAddresses(other, [older, newer]);
    expect(assigned.get(older)?.ipv4).toBe(overlayAddresses(older).ipv4);
    expect(assigned.get(newer)?.ipv4).toBeNull();
  });
});
