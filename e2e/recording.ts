/** Whole packets as they came in at an interface, byte by byte. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from './machine.js';
import type { Process } from './process.js';
import { eventually, sleep } from './wait.js';

const fileHeader = 24;
const recordHeader = 16;
const ethernetHeader = 14;
/** Of the link types in a file's header, the one with a header in front of each packet. */
const ethernet = 1;

let recordings = 0;

export class Recording {
  private constructor(
    private readonly process: Process,
    private readonly file: string,
  ) {}

  /** Starts recording what comes in and matches a tcpdump filter; returns once it is listening. */
  static async start(machine: Machine, device: string, filter: string): Promise<Recording> {
    const file = join(machine.directory, `recording-${++recordings}.pcap`);
    const options = ['-n', '-U', '--immediate-mode', '-s', '0', '-B', '16384', '-Z', 'root', '-Q', 'in'];
    const process = await machine.start(['tcpdump', '-i', device, ...options, '-w', file, filter]);
    await eventually(`tcpdump on ${device}`, 5_000, async () => (await process.output()).includes('listening on'));
    return new Recording(process, file);
  }

  /** The IP packets so far. */
  async packets(): Promise<Buffer[]> {
    const bytes = await readFile(this.file);
    if (bytes.length < fileHeader) return [];
    const skipped = bytes.readUInt32LE(20) === ethernet ? ethernetHeader : 0;
    const packets: Buffer[] = [];
    for (let at = fileHeader; at + recordHeader <= bytes.length;) {
      const length = bytes.readUInt32LE(at + 8);
      const next = at + recordHeader + length;
      if (next > bytes.length) break;
      packets.push(bytes.subarray(at + recordHeader + skipped, next));
      at = next;
    }
    return packets;
  }

  /** Waits for that many, and a moment for more than there should be; then stops and returns all. */
  async stop(count: number, limitMs = 5_000): Promise<Buffer[]> {
    await eventually(`${count} packets`, limitMs, async () => (await this.packets()).length >= count).catch(
      () => false,
    );
    await sleep(200);
    await this.process.stop('SIGINT');
    return this.packets();
  }
}
