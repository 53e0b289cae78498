/**
 * Newline-delimited JSON, the wire form of the client-helper socket: one JSON value per line, UTF-8, of bounded length.
 * Both ends use this file. A limit is in bytes without the newline.
 */
import { Failure } from './errors.js';
import { maxFrameBytes } from './ipc-contract.js';

const newline = 0x0a;

/**
 * One value as a line ready to be written, newline included.
 * @throws Failure `frame-too-large` where the other end would refuse the line.
 */
export function encodeFrame(value: unknown, limit = maxFrameBytes): Buffer {
  const line = Buffer.from(`${JSON.stringify(value)}\n`);
  if (line.length - 1 > limit) throw tooLarge(limit);
  return line;
}

/**
 * Cuts a byte stream into lines. Holds at most `limit` bytes of an unfinished line, whatever the other end sends.
 * Lines are handed on as text: what is not JSON is for the receiver to answer.
 */
export class FrameDecoder {
  #parts: Buffer[] = [];
  #bytes = 0;

  /** @param onFrame called with each complete line, without its newline, in order. */
  constructor(
    private readonly onFrame: (text: string) => void,
    private readonly limit = maxFrameBytes,
  ) {}

  /**
   * Takes the next bytes; complete lines before an oversized one are still handed on.
   * @throws Failure `frame-too-large`; the stream cannot be read any further after that.
   */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      this.#hold(chunk.subarray(start, end));
      start = end + 1;
      this.onFrame(this.#take());
    }
    this.#hold(chunk.subarray(start));
  }

  #hold(part: Buffer): void {
    if (part.length === 0) return;
    this.#bytes += part.length;
    if (this.#bytes > this.limit) {
      this.#take();
      throw tooLarge(this.limit);
    }
    this.#parts.push(part);
  }

  #take(): string {
    const line = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return line?.toString('utf8') ?? '';
  }
}

function tooLarge(limit: number): Failure {
  return new Failure('frame-too-large', `A message on the helper’s socket is larger than ${String(limit / 1024)} KiB.`);
}
