import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, maxMessageBytes, nameInHello, type ControlMessage } from './control-protocol.js';

const hello: ControlMessage = {
  type: 'hello',
  name: 'Zoë’s laptop',
  platform: 'linux',
  version: '0.1.0',
  features: ['fast'],
  paused: false,
};

describe('control messages', () => {
  it.each<ControlMessage>([hello, { type: 'paused' }, { type: 'resumed' }, { type: 'renamed', name: 'bob' }])(
    'arrive as they were sent: $type',
    (message) => {
      expect(decodeMessage(encodeMessage(message))).toEqual(message);
    },
  );

  it('may have parts of a later version', () => {
    expect(decodeMessage(Buffer.from(JSON.stringify({ ...hello, colour: 'blue' })))).toEqual(hello);
  });

  it.each([
    ['of an unknown type', '{"type":"dance"}'],
    ['without a type', '{}'],
    ['that are not JSON', '{"type":'],
    ['that are not objects', '7'],
    ['of another shape', '{"type":"renamed","name":7}'],
    ['with too many features', JSON.stringify({ ...hello, features: Array.from({ length: 33 }, () => 'x') })],
    ['too large', JSON.stringify({ ...hello, name: 'x'.repeat(maxMessageBytes) })],
  ])('are ignored when %s', (_, text) => {
    expect(decodeMessage(Buffer.from(text))).toBeNull();
  });

  it('claim names that are made harmless', () => {
    const claimed = encodeMessage({ ...hello, name: `\u202e${'x'.repeat(200)}\n` });
    expect(nameInHello(claimed)).toBe('x'.repeat(64));
    expect(decodeMessage(encodeMessage({ type: 'renamed', name: 'a\u0000b' }))).toEqual({
      type: 'renamed',
      name: 'a b',
    });
  });

  it('of a stranger give a name only when they are a hello', () => {
    expect(nameInHello(Buffer.from('junk'))).toBe('');
    expect(nameInHello(encodeMessage({ type: 'renamed', name: 'bob' }))).toBe('');
  });
});
