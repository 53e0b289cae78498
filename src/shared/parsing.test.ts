/** What holds for any text and any bytes that another program or a stranger hands us. */
import { describe, expect, it } from 'vitest';
import { FrameDecoder, encodeFrame } from './frame.js';
import { buildInvite, parseInvite } from './invite.js';
import { requestFrameSchema } from './ipc-contract.js';
import { Random, parsed } from './mutation.test-support.js';
import { isNodeId, parseNodeId } from './node-id.js';
import { maxNameLength, parseName, sanitiseName } from './peer-name.js';

const id = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const rounds = 3_000;
/** Whether a node ID is one takes a millisecond to find out. */
const idRounds = 600;

describe('frames', () => {
  it('are the lines of the stream however it is cut, up to one that is too long', () => {
    const random = new Random(1);
    for (let round = 0; round < rounds; round += 1) {
      const stream = Buffer.concat(
        Array.from({ length: random.below(6) }, () => Buffer.concat([random.bytes(40), Buffer.from('\n')])),
      );
      const limit = random.of([10, 30, 1000]);
      const lines = stream.toString('latin1').split('\n').slice(0, -1);
      const long = lines.findIndex((line) => line.length > limit);
      const expected = (long < 0 ? lines : lines.slice(0, long)).map((line) => Buffer.from(line, 'latin1').toString());
      const seen: string[] = [];
      const decoder = new FrameDecoder((text) => seen.push(text), limit);
      const whole = parsed(() => {
        for (let at = 0; at < stream.length;) {
          const next = at + 1 + random.below(30);
          decoder.push(stream.subarray(at, next));
          at = next;
        }
        return true;
      });
      expect(seen).toEqual(expected);
      expect(whole).toBe(long < 0 ? true : undefined);
    }
  });

  it('bring any value back as it was', () => {
    const random = new Random(2);
    for (let round = 0; round < rounds; round += 1) {
      const value = { [random.text(9)]: [random.text(30), random.below(1 << 30), null, { deep: random.text(3) }] };
      const seen: unknown[] = [];
      new FrameDecoder((text) => seen.push(JSON.parse(text))).push(encodeFrame(value));
      expect(seen).toEqual([value]);
    }
  });

  it('are requests or are not, and nothing is thrown', () => {
    const random = new Random(3);
    const request = JSON.stringify({ id: 2, method: 'ping', params: { peer: 'bob' } });
    for (let round = 0; round < rounds; round += 1) {
      const text = random.mutation(request);
      const value = parsed(() => jsonOr(text, null));
      const { success, data } = requestFrameSchema.safeParse(value);
      if (success) expect(Number.isInteger(data.id)).toBe(true);
    }
  });
});

describe('what people paste', () => {
  it('is a node ID in its one form, or refused in words', () => {
    const random = new Random(4);
    let taken = 0;
    for (let round = 0; round < idRounds; round += 1) {
      const found = parsed(() => parseNodeId(random.mutation(id)));
      if (found === undefined) continue;
      taken += 1;
      expect(isNodeId(found)).toBe(true);
      expect(parseNodeId(found)).toBe(found);
    }
    expect(taken).toBeGreaterThan(idRounds / 10);
  });

  it('is an invite that means the same when it is passed on, or refused in words', () => {
    const random = new Random(5);
    const invite = {
      id,
      addresses: ['192.0.2.1:45820', '[2001:db8::1]:1'],
      relay: 'https://relay.example/',
      name: 'bob',
    };
    let taken = 0;
    for (let round = 0; round < idRounds; round += 1) {
      const found = parsed(() => parseInvite(random.mutation(buildInvite(invite))));
      if (found === undefined) continue;
      taken += 1;
      expect(isNodeId(found.id)).toBe(true);
      expect(found.addresses.length).toBeLessThanOrEqual(8);
      expect(found.name).toBe(sanitiseName(found.name));
      expect(parseInvite(buildInvite(found))).toEqual(found);
    }
    expect(taken).toBeGreaterThan(idRounds / 10);
  });
});

describe('names', () => {
  it('are short, plain and stay what they are, whatever was claimed', () => {
    const random = new Random(6);
    for (let round = 0; round < rounds; round += 1) {
      const name = sanitiseName(random.mutation(random.text(80)));
      expect(Array.from(name).length).toBeLessThanOrEqual(maxNameLength);
      expect(name).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(sanitiseName(name)).toBe(name);
      if (name !== '' && !/^[0-9a-f]{64}$/i.test(name)) expect(parseName(name)).toBe(name);
    }
  });
});

function jsonOr(text: string, fallback: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fallback;
  }
}
