/** Somebody on the wire of the fast path: `native/examples/tamper.rs`, driven line by line (e2e/README.md has its words). */
import { fileURLToPath } from 'node:url';
import { cable, cableEnds } from './cable.js';
import { bothFast } from './fast-pair.js';
import type { Helper } from './helper.js';
import type { Lan, LanOptions } from './lan.js';
import type { Machine } from './machine.js';
import type { Process } from './process.js';
import { eventually } from './wait.js';
import { befriend, type World } from './world.js';

const program = fileURLToPath(new URL('../native/tamper', import.meta.url));

/** The UDP port of every helper in the scenarios. */
const port = '45820';

/** A LAN of one family: between two, iroh moves from path to path, and what is on its way on the one it closes is refused. */
export const onePath: LanOptions = { number: 1, ipv6: false };

/** A datagram of the fast path on its way, or one that pretends to be. */
export interface Datagram {
  /** `ip:port` */
  from: string;
  /** `ip:port` */
  to: string;
  payload: Buffer;
}

/** What went by: datagrams, sessions they were of, and how many had a session and counter that had gone by before. */
export interface Seen {
  datagrams: number;
  sessions: number;
  repeated: number;
  /** Frames longer than any on a wire: offload was not off. */
  oversized: number;
}

type Event =
  | { event: 'ready' | 'watching' | 'injected' }
  | { event: 'datagram'; from: string; to: string; hex: string }
  | { event: 'reordered'; late: number }
  | { event: 'flooded'; datagrams: number }
  | ({ event: 'seen' } & Seen);

type EventOf<E extends Event['event']> = Extract<Event, { event: E }>;

export class Tamper {
  private constructor(private readonly process: Process) {}

  /** The cable between two machines; it meddles with what the first sends to the second. */
  static async between(world: World, one: Machine, other: Machine): Promise<{ tamper: Tamper; lan: Lan }> {
    const argv = [program, '--between', cableEnds, '--port', port] as const;
    const { lan, program: process } = await cable(world, [one, other], argv, onePath);
    return { lan, tamper: await Tamper.#ready(process) };
  }

  /** Somebody who gets every frame of a LAN and can send any. */
  static async on(machine: Machine, lan: Lan): Promise<Tamper> {
    return Tamper.#ready(await machine.start([program, '--on', lan.interface, '--port', port]));
  }

  static async #ready(process: Process): Promise<Tamper> {
    const tamper = new Tamper(process);
    await tamper.#next('ready', 0);
    return tamper;
  }

  /** Shows the next packets, which `traffic` has sent, and keeps them from arriving. */
  hold(count: number, traffic: () => Promise<unknown>): Promise<Datagram[]> {
    return this.#watch('hold', count, traffic);
  }

  /** Shows the next packets, which `traffic` has sent. */
  capture(count: number, traffic: () => Promise<unknown>): Promise<Datagram[]> {
    return this.#watch('capture', count, traffic);
  }

  /** Sends datagrams, each as it is. */
  async inject(datagrams: readonly Datagram[]): Promise<void> {
    const before = (await this.#all('injected')).length;
    for (const { from, to, payload } of datagrams) {
      this.process.writeLine(`inject ${from} ${to} ${payload.toString('hex')}`);
    }
    await this.#next('injected', before + datagrams.length - 1);
  }

  /** Sends datagrams of one size and between the same addresses as a kernel hands them on that has merged them. */
  async injectMerged(datagrams: readonly [Datagram, ...Datagram[]]): Promise<void> {
    const before = (await this.#all('injected')).length;
    const [{ from, to, payload }] = datagrams;
    const payloads = Buffer.concat(datagrams.map((one) => one.payload));
    this.process.writeLine(`inject-merged ${from} ${to} ${payload.length} ${payloads.toString('hex')}`);
    await this.#next('injected', before);
  }

  /** From now on datagrams overtake each other, some by exactly that many places and none by more. */
  async reorder(distance: number): Promise<void> {
    const before = (await this.#all('reordered')).length;
    this.process.writeLine(`reorder ${distance}`);
    await this.#next('reordered', before);
  }

  /** Lets them go in order again; returns the most places that one came late. */
  async inOrder(): Promise<number> {
    const before = (await this.#all('reordered')).length;
    this.process.writeLine('reorder 0');
    return (await this.#next('reordered', before)).late;
  }

  /**
   * Sends forgeries from and to these addresses, each under the newest session index that went by.
   * @param rate datagrams a second; 0 for as many as possible.
   * @returns how many were sent, at the end.
   */
  async flood(from: string, to: string, rate: number, seconds: number): Promise<number> {
    const before = (await this.#all('flooded')).length;
    this.process.writeLine(`flood ${from} ${to} ${rate} ${seconds}`);
    return (await this.#next('flooded', before, seconds * 1000 + 10_000)).datagrams;
  }

  async seen(): Promise<Seen> {
    const before = (await this.#all('seen')).length;
    this.process.writeLine('seen');
    return this.#next('seen', before);
  }

  async #watch(word: 'hold' | 'capture', count: number, traffic: () => Promise<unknown>): Promise<Datagram[]> {
    const watches = (await this.#all('watching')).length;
    const before = (await this.#all('datagram')).length;
    this.process.writeLine(`${word} ${count}`);
    await this.#next('watching', watches);
    await traffic();
    await this.#next('datagram', before + count - 1);
    const shown = (await this.#all('datagram')).slice(before);
    return shown.map(({ from, to, hex }) => ({ from, to, payload: Buffer.from(hex, 'hex') }));
  }

  async #all<E extends Event['event']>(event: E): Promise<EventOf<E>[]> {
    const lines = (await this.process.output())
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'));
    return lines.map((line) => JSON.parse(line) as Event).filter((one): one is EventOf<E> => one.event === event);
  }

  /** Waits for the event of a kind that has that many before it. */
  #next<E extends Event['event']>(event: E, before: number, limitMs = 5_000): Promise<EventOf<E>> {
    return eventually(`the tool on the wire: ${event}`, limitMs, async () => {
      const { exit } = this.process;
      if (exit !== null) throw new Error(`it ended: ${(await this.process.output()).slice(-500)}`);
      return (await this.#all(event))[before];
    });
  }
}

/** Two helpers that send to each other by the fast path, and somebody between them who meddles with what alice sends. */
export async function tappedPair(world: World): Promise<{ alice: Helper; bob: Helper; tamper: Tamper }> {
  const [one, other] = [await world.machine('alice'), await world.machine('bob')];
  const { tamper } = await Tamper.between(world, one, other);
  const [alice, bob] = [await world.helper(one), await world.helper(other)];
  await befriend(alice, bob);
  await bothFast(alice, bob);
  return { alice, bob, tamper };
}
