import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { palettePng } from './palette-png.js';

const [width, height] = [40, 30];
type Painting = (x: number, y: number) => [red: number, green: number, blue: number];

describe('palettePng', () => {
  it.each([0, 1, 2, 3, 4])('keeps up to 256 colours exactly as they are (rows predicted by way %i)', (filter) => {
    const few: Painting = (x, y) => [(x % 16) * 16, (y % 10) * 25, 7];
    expect(painted(palettePng(png(few, filter)))).toEqual(allOf(few));
  });

  it('chooses colours close to all others', () => {
    const many: Painting = (x, y) => [x * 6, y * 8, (x * y) % 256];
    const before = allOf(many).flat();
    const after = painted(palettePng(png(many, 4))).flat();
    const worst = before.map((value, at) => Math.abs(value - (after[at] ?? Infinity)));
    expect(Math.max(...worst)).toBeLessThan(40);
  });

  it('leaves the colour of a large area alone', () => {
    const area: Painting = (x, y) => (y < 20 ? [244, 246, 248] : [x * 6, y * 8, (x * 7 * y) % 256]);
    expect(painted(palettePng(png(area, 1)))[0]).toEqual([244, 246, 248]);
  });

  it('refuses what no browser makes', () => {
    const interlaced = png(() => [0, 0, 0], 0);
    interlaced[8 + 8 + 12] = 1;
    expect(() => palettePng(interlaced)).toThrow('not a PNG');
  });
});

function allOf(painting: Painting): number[][] {
  return Array.from({ length: width * height }, (_, at) => painting(at % width, Math.floor(at / width)));
}

/** A PNG with alpha, as a browser makes it. */
function png(painting: Painting, filter: number): Buffer {
  const line = (y: number): number[] =>
    Array.from({ length: width }, (_, x) => (y < 0 ? [0, 0, 0, 0] : [...painting(x, y), 255])).flat();
  const rows = Array.from({ length: height }, (_, y) => {
    const [here, above] = [line(y), line(y - 1)];
    const bytes = here.map(
      (value, at) => value - predicted(filter, here[at - 4] ?? 0, above[at] ?? 0, above[at - 4] ?? 0),
    );
    return Buffer.from([filter, ...bytes.map((value) => value & 255)]);
  });
  const head = Buffer.from([0, 0, 0, width, 0, 0, 0, height, 8, 6, 0, 0, 0]);
  return Buffer.concat([
    Buffer.alloc(8),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** As the specification words it, not as the code under test does. */
function predicted(filter: number, a: number, b: number, c: number): number {
  const nearest = [a, b, c].reduce((best, each) =>
    Math.abs(a + b - c - each) < Math.abs(a + b - c - best) ? each : best,
  );
  return [0, a, b, Math.floor((a + b) / 2), nearest][filter] ?? 0;
}

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
}

/** The pixels of a picture with a palette. */
function painted(picture: Buffer): number[][] {
  const part = (type: string): Buffer => {
    const at = picture.indexOf(type);
    return picture.subarray(at + 4, at + 4 + picture.readUInt32BE(at - 4));
  };
  const [colours, rows] = [part('PLTE'), inflateSync(part('IDAT'))];
  return Array.from({ length: width * height }, (_, at) => {
    const index = rows[at + Math.floor(at / width) + 1] ?? 0;
    return [...colours.subarray(index * 3, index * 3 + 3)];
  });
}
