import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isNodeId, parseNodeId, shortNodeId } from './node-id.js';

// Public key of RFC 8032 §7.1, test 1; its base32 form made with python3's base64.b32encode.
const id = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const base32 = '25njqamcweflpvkl73j4szahhihoc4xt3ktcgjnpaingr5yhkena';

describe('parseNodeId', () => {
  it.each([
    ['as it is', id],
    ['with spaces and line breaks around', `  \n\t${id}\r\n `],
    ['broken over lines', `${id.slice(0, 30)}\n${id.slice(30, 50)}\r\n  ${id.slice(50)}`],
    ['in straight quotes', `"${id}"`],
    ['in typographic quotes', `“${id}”`],
    ['in German and French quotes', `„«${id}»“`],
    ['in backquotes', `\`${id}\``],
    ['in upper case', id.toUpperCase()],
    ['with invisible characters', `\u200b${id.slice(0, 5)}\u2060${id.slice(5)}\ufeff`],
    ['in base32', base32],
    ['in upper-case base32', ` ${base32.toUpperCase()} `],
  ])('accepts an ID %s', (_, text) => {
    expect(parseNodeId(text)).toBe(id);
  });

  it.each([
    ['', 'node-id-empty', /empty/],
    [' \n"" ', 'node-id-empty', /empty/],
    [id.slice(1), 'node-id-length', /has 63 characters, a node ID has 64.*missing/],
    [`${id}0`, 'node-id-length', /has 65 characters, a node ID has 64.*more/],
    ['x', 'node-id-length', /has 1 character,/],
    [`${id.slice(0, 11)}g${id.slice(12)}`, 'node-id-alphabet', /Character 12 .*“g”.*0-9 and a-f/],
    [`${id.slice(0, 63)}🐟`, 'node-id-alphabet', /Character 64 .*“🐟”/],
    [`1${base32.slice(1)}`, 'node-id-alphabet', /Character 1 .*“1”.*a-z and 2-7/],
    [`${base32.slice(0, 51)}b`, 'node-id-invalid', /last character/],
    [`${id.slice(0, 63)}c`, 'node-id-invalid', /mistyped/],
  ])('refuses %j as %s', (text, code, message) => {
    expect(() => parseNodeId(text)).toThrow(expect.objectContaining({ code }));
    expect(() => parseNodeId(text)).toThrow(message);
  });

  it('accepts every key a machine can have', () => {
    for (let round = 0; round < 50; round++) {
      const key = generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
      expect(parseNodeId(key.toString('hex'))).toBe(key.toString('hex'));
    }
  });
});

describe('isNodeId', () => {
  it('takes the canonical form only', () => {
    expect(isNodeId(id)).toBe(true);
    expect(isNodeId(id.toUpperCase())).toBe(false);
    expect(isNodeId(base32)).toBe(false);
    expect(isNodeId(`${id.slice(0, 63)}c`)).toBe(false);
  });
});

describe('shortNodeId', () => {
  it('shows the beginning and that there is more', () => {
    expect(shortNodeId(id)).toBe('d75a980182…');
  });
});
