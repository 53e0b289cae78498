import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IdentityStore } from './identity.js';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'rayfish-identity-'));
  path = join(directory, 'identity.json');
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

describe('IdentityStore', () => {
  it('makes an identity once and gives the same ever after', () => {
    const first = new IdentityStore(directory).load();
    expect(new IdentityStore(directory).load()).toEqual(first);
    expect(first.secretKey).toHaveLength(32);
  });

  it('knows the node ID of a key (RFC 8032 §7.1, test 1)', () => {
    const secretKey = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
    writeFileSync(path, JSON.stringify({ version: 1, secretKey }));
    expect(new IdentityStore(directory).load().nodeId).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
  });

  it.each(['', 'not json', '{"version":1}', '{"version":1,"secretKey":"abc"}'])(
    'never replaces a file of %j',
    (content) => {
      writeFileSync(path, content);
      expect(() => new IdentityStore(directory).load()).toThrow(
        expect.objectContaining({ code: 'identity-unreadable' }),
      );
      expect(readFileSync(path, 'utf8')).toBe(content);
      expect(readdirSync(directory)).toEqual(['identity.json']);
    },
  );

  it('makes a new one when asked, and sets a damaged one aside then', () => {
    writeFileSync(path, 'damaged');
    const store = new IdentityStore(directory);
    const fresh = store.reset();
    expect(store.load()).toEqual(fresh);
    const aside = readdirSync(directory).find((name) => name.includes('unreadable')) ?? '';
    expect(readFileSync(join(directory, aside), 'utf8')).toBe('damaged');
  });

  it('forgets a readable key at reset', () => {
    const store = new IdentityStore(directory);
    const before = store.load();
    expect(store.reset().nodeId).not.toBe(before.nodeId);
    expect(readdirSync(directory)).toEqual(['identity.json']);
  });
});
