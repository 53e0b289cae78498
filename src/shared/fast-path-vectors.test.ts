/**
 * The test vectors of docs/protocol.md, computed from its text by another library than the product's. That the product makes the same
 * of them is a test of its own (native/src/fast/keys).
 */
import { createCipheriv, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
const alpn = Buffer.from('rayfish-desktop/1');
const secret = run(0x40);

describe.each([
  { generation: 0, ciphers: 3, dialler: 0x00, accepter: 0x20, indices: ['123456', '654321'], counter: 0 },
  { generation: 1, ciphers: 2, dialler: 0x60, accepter: 0x80, indices: ['abcdef', 'fedcba'], counter: 0x102030 },
])('generation $generation', ({ generation, ciphers, dialler, accepter, indices, counter }) => {
  const [diallersIndex, acceptersIndex] = indices.map((digits) => Buffer.from(digits, 'hex'));
  const published = vector(generation);
  // Only the accepter's offer of the second lacks AES.
  const offers = [
    offer(generation, diallersIndex, 3, dialler),
    offer(generation, acceptersIndex, ciphers, accepter),
  ] as const;
  const shared = diffieHellman({ privateKey: privateKey(dialler), publicKey: createPublicKey(privateKey(accepter)) });
  const cipher = (ciphers & 1) === 1 ? 1 : 2;

  function output(label: string, length: number): Buffer {
    const text = Buffer.from(label);
    const head = [[text.length], text, [alpn.length], alpn, [1, cipher], number(generation, 4)];
    const info = Buffer.concat([...head.map((part) => Buffer.from(part)), ...offers]);
    return Buffer.from(hkdfSync('sha256', shared, secret, info, length));
  }

  function sends(who: string, kind: number, index: Buffer | undefined, count: number): Buffer {
    const header = Buffer.concat([Buffer.from([kind]), index ?? Buffer.alloc(0), number(count, 8)]);
    const nonce = output(`${who} iv`, 12).map((byte, at) => byte ^ (at < 4 ? 0 : (header[at] ?? 0)));
    const key = output(`${who} key`, cipher === 1 ? 16 : 32);
    const sealing =
      cipher === 1
        ? createCipheriv('aes-128-gcm', key, nonce)
        : createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
    sealing.setAAD(header, { plaintextLength: who.length + 5 });
    const sealed = [sealing.update(`from ${who}`), sealing.final()];
    return Buffer.concat([header, ...sealed, sealing.getAuthTag()]);
  }

  it('comes out as published', () => {
    const keyLength = cipher === 1 ? 16 : 32;
    const computed = {
      secret,
      "dialler's offer": offers[0],
      "accepter's offer": offers[1],
      shared,
      prk: createHmac('sha256', secret).update(shared).digest(),
      'dialler key': output('dialler key', keyLength),
      'dialler iv': output('dialler iv', 12),
      'accepter key': output('accepter key', keyLength),
      'accepter iv': output('accepter iv', 12),
      'dialler sends': sends('dialler', 0, acceptersIndex, counter),
      'accepter sends': sends('accepter', 1, diallersIndex, counter + 1),
    };
    const lines = Object.entries(computed).map(([name, bytes]) => [name, bytes.toString('hex')]);
    expect(published).toEqual(Object.fromEntries(lines));
  });
});

/** What the page says of a generation: names and hexadecimal digits. */
function vector(generation: number): Record<string, string> {
  const block = page.split('#### Test vectors')[1]?.split('```')[1] ?? '';
  const lines = block.split('generation ')[generation + 1]?.split('\n').slice(1) ?? [];
  const parts = lines.map((line) => /^ {2}(\S.*?) {2,}([0-9a-f]+)$/.exec(line)).filter((match) => match !== null);
  return Object.fromEntries(parts.map(([, name = '', digits = '']) => [name, digits]));
}

function offer(generation: number, index: Buffer | undefined, ciphers: number, first: number): Buffer {
  const publicKey = createPublicKey(privateKey(first)).export({ type: 'spki', format: 'der' }).subarray(-32);
  const head = [Buffer.from([1, 1]), number(generation, 4), index ?? Buffer.alloc(0), Buffer.from([ciphers])];
  return Buffer.concat([...head, publicKey]);
}

/** The X25519 private key of 32 bytes that count up. */
function privateKey(first: number): ReturnType<typeof createPrivateKey> {
  const der = Buffer.concat([Buffer.from('302e020100300506032b656e04220420', 'hex'), run(first)]);
  return createPrivateKey({ key: der, type: 'pkcs8', format: 'der' });
}

function run(first: number): Buffer {
  return Buffer.from(Array.from({ length: 32 }, (_none, at) => first + at));
}

/** Big-endian. */
function number(value: number, length: 4 | 8): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(value, length - 4);
  return bytes;
}
