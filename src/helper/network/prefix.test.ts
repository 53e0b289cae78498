import { describe, expect, it } from 'vitest';
import { covers, parsePrefix, type Prefix } from './prefix.js';

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === null) throw new Error(`${text} is no prefix`);
  return parsed;
}

describe('parsePrefix', () => {
  it('reads addresses and prefixes of both families, without the host bits', () => {
    expect(prefix('100.64.0.1/10')).toEqual({ family: 4, network: 0x64400000n, length: 10 });
    expect(prefix('10.0.0.1')).toEqual({ family: 4, network: 0x0a000001n, length: 32 });
    expect(prefix('::1')).toEqual({ family: 6, network: 1n, length: 128 });
    expect(prefix('200::/7')).toEqual({ family: 6, network: 0x0200n << 112n, length: 7 });
    expect(prefix('::ffff:1.2.3.4').network).toBe(0xffff01020304n);
    expect(prefix('fe80::1%eth0').network).toBe((0xfe80n << 112n) | 1n);
    expect(prefix('1:2:3:4:5:6:7:8').network & 0xffffn).toBe(8n);
  });

  it.each(['', 'default', '1.2.3', '1.2.3.4/33', '1.2.3.4/', '::/129', '::/x', '::/1/2', '10.0.0.0/-1'])(
    'refuses %j',
    (text) => {
      expect(parsePrefix(text)).toBeNull();
    },
  );
});

describe('covers', () => {
  it('holds for the same and for smaller networks inside only', () => {
    expect(covers(prefix('100.64.0.0/10'), prefix('100.64.0.0/10'))).toBe(true);
    expect(covers(prefix('100.64.0.0/10'), prefix('100.127.255.255'))).toBe(true);
    expect(covers(prefix('100.64.0.0/10'), prefix('100.0.0.0/8'))).toBe(false);
    expect(covers(prefix('100.64.0.0/10'), prefix('100.128.0.0'))).toBe(false);
    expect(covers(prefix('0.0.0.0/0'), prefix('::1'))).toBe(false);
    expect(covers(prefix('::/0'), prefix('::1'))).toBe(true);
  });
});
