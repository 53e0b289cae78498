import { describe, expect, it } from 'vitest';
import { FrameDecoder, encodeFrame } from './frame.js';
import { maxFrameBytes } from './ipc-contract.js';

function decoding(): { decoder: FrameDecoder; frames: string[] } {
  const frames: string[] = [];
  return { decoder: new FrameDecoder((text) => frames.push(text)), frames };
}

describe('encodeFrame', () => {
  it('puts one value on one line, line breaks inside it escaped', () => {
    expect(encodeFrame({ text: 'a\nb' }).toString()).toBe('{"text":"a\\nb"}\n');
  });

  it('refuses what the other end would refuse, counted in bytes', () => {
    const quotes = 2;
    const largest = 'x'.repeat(maxFrameBytes - quotes);
    expect(encodeFrame(largest)).toHaveLength(maxFrameBytes + 1);
    expect(() => encodeFrame(`${largest}x`)).toThrow(expect.objectContaining({ code: 'frame-too-large' }));
    expect(() => encodeFrame('é'.repeat(maxFrameBytes / 2))).toThrow(
      expect.objectContaining({ code: 'frame-too-large' }),
    );
  });
});

describe('FrameDecoder', () => {
  it('hands on several lines of one chunk in order and keeps the unfinished rest', () => {
    const { decoder, frames } = decoding();
    decoder.push(Buffer.from('one\ntwo\nthr'));
    expect(frames).toEqual(['one', 'two']);
    decoder.push(Buffer.from('ee\n'));
    expect(frames).toEqual(['one', 'two', 'three']);
  });

  it('survives chunk borders at every byte, also inside a character', () => {
    const text = '{"name":"Zoë 🐟"}';
    for (const byte of [1, 2, 3]) {
      const { decoder, frames } = decoding();
      const bytes = Buffer.from(`${text}\n`);
      for (let at = 0; at < bytes.length; at += byte) decoder.push(bytes.subarray(at, at + byte));
      expect(frames).toEqual([text]);
    }
  });

  it('hands on an empty line as an empty line', () => {
    const { decoder, frames } = decoding();
    decoder.push(Buffer.from('\n'));
    expect(frames).toEqual(['']);
  });

  it('takes a line of exactly the limit and refuses one byte more, before its newline arrives', () => {
    const { decoder, frames } = decoding();
    decoder.push(Buffer.alloc(maxFrameBytes, 'x'));
    decoder.push(Buffer.from('\n'));
    expect(frames[0]).toHaveLength(maxFrameBytes);
    decoder.push(Buffer.alloc(maxFrameBytes, 'x'));
    expect(() => {
      decoder.push(Buffer.from('x'));
    }).toThrow(expect.objectContaining({ code: 'frame-too-large' }));
  });

  it('hands on what was complete before an oversized line', () => {
    const { decoder, frames } = decoding();
    expect(() => {
      decoder.push(Buffer.concat([Buffer.from('good\n'), Buffer.alloc(maxFrameBytes + 1, 'x')]));
    }).toThrow(expect.objectContaining({ code: 'frame-too-large' }));
    expect(frames).toEqual(['good']);
  });
});
