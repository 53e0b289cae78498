/** A peer that keeps to no rule: `native/examples/hostile.rs`, driven line by line (e2e/README.md has its words). */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Key } from './key.js';
import type { Machine } from './machine.js';
import type { Process } from './process.js';
import { eventually } from './wait.js';

const program = fileURLToPath(new URL('../native/hostile', import.meta.url));

/** The program, or undefined where it is not built. */
export function hostileProgram(): string | undefined {
  return existsSync(program) ? program : undefined;
}

export interface Target {
  nodeId: string;
  /** `ip:port` */
  address: string;
}

export interface HostileEvent {
  event: 'connected' | 'closed' | 'message' | 'datagram' | 'sent' | 'agreed' | 'sealed' | 'done';
  /** Payload of a message or datagram. */
  hex?: string;
  reason?: string;
  /** How many requests were put before the helper. */
  presented?: number;
  failed?: number;
}

export class Hostile {
  private constructor(private readonly process: Process) {}

  /** Dials with this key. `silent`: never says hello. */
  static async dial(machine: Machine, key: Key, target: Target, { silent = false } = {}): Promise<Hostile> {
    const words = ['dial', '--secret', key.secret, '--peer', target.nodeId, '--addr', target.address];
    if (silent) words.push('--silent');
    return new Hostile(await machine.start([program, ...words]));
  }

  /** Knocks with that many fresh identities and returns how many were put before the helper. */
  static async knock(machine: Machine, target: Target, count: number): Promise<number> {
    const words = ['knock', '--peer', target.nodeId, '--addr', target.address, '--count', String(count)];
    const output = await machine.must([program, ...words], { timeoutMs: 120_000 });
    return parse(output).find(({ event }) => event === 'done')?.presented ?? 0;
  }

  async events(): Promise<HostileEvent[]> {
    return parse(await this.process.output());
  }

  /** Waits for the first event of a kind. */
  seen(event: HostileEvent['event'], limitMs = 8_000): Promise<HostileEvent> {
    return eventually(`hostile peer ${event}`, limitMs, async () =>
      (await this.events()).find((seen) => seen.event === event),
    );
  }

  /** Sends datagrams, each byte for byte; returns when they are out. */
  async send(datagrams: readonly Buffer[]): Promise<void> {
    const sent = async (): Promise<number> => (await this.events()).filter(({ event }) => event === 'sent').length;
    const before = await sent();
    for (const datagram of datagrams) this.process.writeLine(`send ${datagram.toString('hex')}`);
    await eventually('datagrams sent', 8_000, async () => (await sent()) >= before + datagrams.length);
  }

  /** Sends one control message, as it is, that many times. */
  message(payload: string, times = 1): void {
    this.process.writeLine(`message ${times} ${Buffer.from(payload).toString('hex')}`);
  }

  /** Agrees on keys of the fast path with the helper. */
  async agree(): Promise<void> {
    this.process.writeLine('agree');
    await this.seen('agreed');
  }

  /** The datagram of the fast path that holds these bytes as a packet, or as one without its checksum. It is not sent. */
  async seal(content: Buffer, { unsummed = false } = {}): Promise<Buffer> {
    const sealed = async (): Promise<HostileEvent[]> => (await this.events()).filter(({ event }) => event === 'sealed');
    const before = (await sealed()).length;
    this.process.writeLine(`${unsummed ? 'seal-unsummed' : 'seal'} ${content.toString('hex')}`);
    const { hex = '' } = await eventually('a sealed datagram', 2_000, async () => (await sealed())[before]);
    return Buffer.from(hex, 'hex');
  }

  async stop(): Promise<void> {
    await this.process.stop();
  }
}

/** The last line may be half written still. */
function parse(output: string): HostileEvent[] {
  return output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as HostileEvent);
}
