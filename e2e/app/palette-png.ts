/** Pictures made small: a PNG with at most 256 colours, chosen for it. */
import { crc32, deflateSync, inflateSync } from 'node:zlib';

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const most = 256;

interface Picture {
  width: number;
  height: number;
  /** One number per pixel, 0xRRGGBB. */
  pixels: Uint32Array;
}

/** @param png of eight bits a channel, with or without alpha, not interlaced: what a browser makes. Alpha is dropped. */
export function palettePng(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const counts = new Map<number, number>();
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1);
  const { palette, indexOf } = choose(counts);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows[y * (width + 1) + 1 + x] = indexOf.get(pixels[y * width + x] ?? 0) ?? 0;
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function decode(png: Buffer): Picture {
  const parts = chunks(png);
  const head = parts.find(({ type }) => type === 'IHDR')?.data;
  if (head?.[8] !== 8 || head[12] !== 0) throw new Error('not a PNG as browsers make them');
  const [width, height] = [head.readUInt32BE(0), head.readUInt32BE(4)];
  const channels = head[9] === 6 ? 4 : 3;
  const packed = Buffer.concat(parts.filter(({ type }) => type === 'IDAT').map(({ data }) => data));
  const bytes = unfiltered(inflateSync(packed), width * channels, height, channels);
  const pixels = Uint32Array.from({ length: width * height }, (_, at) => bytes.readUIntBE(at * channels, 3));
  return { width, height, pixels };
}

function chunks(png: Buffer): { type: string; data: Buffer }[] {
  const found = [];
  for (let at = signature.length; at < png.length;) {
    const length = png.readUInt32BE(at);
    found.push({ type: png.toString('latin1', at + 4, at + 8), data: png.subarray(at + 8, at + 8 + length) });
    at += length + 12;
  }
  return found;
}

/** Each row says how it was predicted: from the left, from above, from both (PNG specification, section 9). */
function unfiltered(rows: Buffer, rowBytes: number, height: number, channels: number): Buffer {
  const out = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    const filter = rows[y * (rowBytes + 1)] ?? 0;
    for (let x = 0; x < rowBytes; x += 1) {
      const at = y * rowBytes + x;
      const left = x < channels ? 0 : (out[at - channels] ?? 0);
      const above = y === 0 ? 0 : (out[at - rowBytes] ?? 0);
      const corner = x < channels || y === 0 ? 0 : (out[at - rowBytes - channels] ?? 0);
      out[at] = (rows[at + y + 1] ?? 0) + predicted(filter, left, above, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  return filter === 4 ? paeth(left, above, corner) : 0;
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [toLeft, toAbove, toCorner] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

interface Box {
  colours: number[];
  /** How many pixels have one of them. */
  weight: number;
  /** Where in a colour the channel is in which they differ most, its mean there, and by how much they miss it in all. */
  shift: number;
  mean: number;
  error: number;
}

/** Boxes of colours, the one that misses its mean by most cut in two there, until there are enough. */
function choose(counts: ReadonlyMap<number, number>): { palette: number[]; indexOf: Map<number, number> } {
  const boxes = [
    boxOf(
      [...counts.keys()].sort((a, b) => a - b),
      counts,
    ),
  ];
  while (boxes.length < most) {
    const worst = boxes.reduce((a, b) => (b.error > a.error ? b : a));
    if (worst.error === 0) break;
    const { colours, shift, mean } = worst;
    const halves = [
      colours.filter((each) => channel(each, shift) <= mean),
      colours.filter((each) => channel(each, shift) > mean),
    ];
    boxes.splice(boxes.indexOf(worst), 1, ...halves.map((half) => boxOf(half, counts)));
  }
  const indexOf = new Map(boxes.flatMap(({ colours }, index) => colours.map((colour) => [colour, index] as const)));
  return { palette: boxes.map((box) => colourOf(box, counts)), indexOf };
}

function boxOf(colours: number[], counts: ReadonlyMap<number, number>): Box {
  const weight = colours.reduce((sum, colour) => sum + (counts.get(colour) ?? 0), 0);
  const spreads = [16, 8, 0].map((shift) => {
    let [sum, squares] = [0, 0];
    for (const colour of colours) {
      const value = channel(colour, shift);
      const count = counts.get(colour) ?? 0;
      sum += value * count;
      squares += value * value * count;
    }
    // Rounding leaves a little where all are alike.
    const error = Math.round(squares - (sum * sum) / weight);
    return { shift, mean: sum / weight, error };
  });
  return { colours, weight, ...spreads.reduce((a, b) => (b.error > a.error ? b : a)) };
}

/** The commonest of a box where it is most of it, so that large areas stay exactly as designed; else the mean. */
function colourOf({ colours, weight }: Box, counts: ReadonlyMap<number, number>): number {
  const count = (colour: number): number => counts.get(colour) ?? 0;
  const commonest = colours.reduce((a, b) => (count(b) > count(a) ? b : a));
  if (count(commonest) * 2 > weight) return commonest;
  const mean = (shift: number): number =>
    Math.round(colours.reduce((sum, colour) => sum + channel(colour, shift) * count(colour), 0) / weight);
  return (mean(16) << 16) | (mean(8) << 8) | mean(0);
}

function channel(colour: number, shift: number): number {
  return (colour >> shift) & 255;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}
