import { describe, expect, it } from 'vitest';
import { buildInvite, looksLikeInvite, parseInvite } from './invite.js';

const id = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const full = {
  id,
  addresses: ['192.0.2.7:45820', '[2001:db8::7]:45820'],
  relay: 'https://relay.example/',
  name: 'Zoë & Bob’s ?#laptop',
};

describe('invite links', () => {
  it('come back as they were made', () => {
    expect(parseInvite(buildInvite(full))).toEqual(full);
    const bare = { id, addresses: [], relay: null, name: '' };
    expect(buildInvite(bare)).toBe(`rayfish://add/${id}`);
    expect(parseInvite(buildInvite(bare))).toEqual(bare);
  });

  it('never carry overlay addresses nor more than eight', () => {
    const addresses = ['100.64.0.9:1', '[200::1]:1', ...Array.from({ length: 12 }, (_, n) => `192.0.2.${n}:45820`)];
    expect(parseInvite(buildInvite({ ...full, addresses })).addresses).toEqual(addresses.slice(2, 10));
  });

  it('survive the way they are copied', () => {
    const link = buildInvite({ ...full, name: 'bob' });
    expect(parseInvite(` “${link.slice(0, 40)}\n${link.slice(40)}” `)).toEqual({ ...full, name: 'bob' });
    expect(parseInvite(`rayfish://add/${id.toUpperCase()}/`).id).toBe(id);
  });

  it('may carry parameters of a later version', () => {
    expect(parseInvite(`rayfish://add/${id}?token=abc&name=bob`).name).toBe('bob');
  });

  it('claim names that are made harmless', () => {
    expect(parseInvite(`rayfish://add/${id}?name=${encodeURIComponent('a\u202eb\nc')}`).name).toBe('ab c');
  });

  it.each([
    ['rayfish:add', /does not begin/],
    ['https://add/x', /does not begin/],
    [`rayfish://remove/${id}`, /“remove” is not something/],
    ['rayfish://add/', /node ID is wrong.*empty/],
    [`rayfish://add/${id.slice(1)}`, /has 63 characters/],
    [`rayfish://add/${id}?addr=192.0.2.7`, /“192.0.2.7” is not an address with a port/],
    [`rayfish://add/${id}?addr=192.0.2.7:0`, /not an address with a port/],
    [`rayfish://add/${id}?addr=192.0.2.700:1`, /not an address with a port/],
    [`rayfish://add/${id}?addr=bob.example:1`, /not an address with a port/],
    [`rayfish://add/${id}?addr=100.64.0.9:1`, /not an address with a port that can be dialled/],
    [`rayfish://add/${id}?${'addr=192.0.2.7:1&'.repeat(9)}`, /more than 8 addresses/],
    [`rayfish://add/${id}?relay=file:///etc/passwd`, /relay is not a web address/],
    [`rayfish://add/${id}?name=${'x'.repeat(4096)}`, /too long/],
    [`rayfish://add/%ff`, /node ID cannot be read/],
  ])('are refused with the fault named: %.80s', (link, message) => {
    expect(() => parseInvite(link)).toThrow(expect.objectContaining({ code: 'invite-malformed' }));
    expect(() => parseInvite(link)).toThrow(message);
  });
});

describe('looksLikeInvite', () => {
  it('tells a link from a node ID', () => {
    expect(looksLikeInvite(` "RAYFISH://add/${id}`)).toBe(true);
    expect(looksLikeInvite(id)).toBe(false);
  });
});
