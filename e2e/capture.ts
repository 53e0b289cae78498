/** What was seen on an interface. */
import type { Machine } from './machine.js';
import type { Process } from './process.js';
import { eventually, sleep } from './wait.js';

/** Traffic of overlay addresses, and the questions a host asks before it would send some out of an Ethernet. */
export const overlayTraffic =
  'net 100.64.0.0/10 or ip6 net 200::/7 or (icmp6 and ip6[40] = 135 and ip6[48] & 0xfe = 2)';

/** Bytes kept of each packet. Whole ones would leave the kernel room for eight. */
const snapLength = '512';

export class Capture {
  private constructor(private readonly process: Process) {}

  /** Starts capturing the packets that match a tcpdump filter; returns once it is listening. */
  static async start(machine: Machine, device: string, filter: string): Promise<Capture> {
    const tcpdump = ['tcpdump', '-i', device, '-n', '-l', '--immediate-mode', '-t', '-s', snapLength, filter] as const;
    const process = await machine.start(tcpdump);
    await eventually(`tcpdump on ${device}`, 5_000, async () => (await process.output()).includes('listening on'));
    return new Capture(process);
  }

  /** The packets so far, one line each. */
  async packets(): Promise<string[]> {
    return (await this.process.output()).split('\n').filter((line) => /^(IP|IP6|ARP)[ ,]/.test(line));
  }

  /**
   * Stops and returns every packet seen.
   * @throws Error where some were missed.
   */
  async stop(): Promise<string[]> {
    await sleep(100);
    await this.process.stop('SIGINT');
    const missed = /^([1-9]\d*) packets? dropped by kernel/m.exec(await this.process.output());
    if (missed !== null) throw new Error(`tcpdump missed ${missed[1] ?? ''} packets`);
    return this.packets();
  }
}
