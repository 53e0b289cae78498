/** An underlay: one Ethernet segment with addresses and neither default nor multicast route. */
import { must } from './command.js';
import type { Machine } from './machine.js';

export interface LanOptions {
  /** The third number of its addresses: 192.168.N.0/24 and fd00:N::/64. */
  number: number;
  mtu?: number;
  /** False: no IPv6 addresses on it. */
  ipv6?: boolean;
  /** True: every machine gets every frame, whoever it is for. */
  hub?: boolean;
}

/** A place on the LAN: the machine's interface and its addresses there. */
export interface Port {
  interface: string;
  ipv4: string;
  ipv6: string;
}

export class Lan {
  readonly #ports = new Map<Machine, Port>();
  #joined = 0;

  /** Use `World.lan`. `segment` is a machine that holds the bridge, or null for a veth pair between two machines. */
  constructor(
    private readonly segment: Machine | null,
    readonly options: LanOptions,
  ) {}

  /** The device name of this LAN on every machine. */
  get interface(): string {
    return `lan${this.options.number}`;
  }

  /** Joins exactly two machines directly. */
  async join(one: Machine, other: Machine): Promise<void> {
    const peer = ['peer', 'name', this.interface, 'netns', other.namespace];
    await must(['ip', 'link', 'add', this.interface, 'netns', one.namespace, 'type', 'veth', ...peer]);
    await this.#configure(one);
    await this.#configure(other);
  }

  /** Plugs one more machine into the bridge. */
  async plugIn(machine: Machine): Promise<void> {
    if (this.segment === null) throw new Error('a veth pair has no room for a third machine');
    const port = `port${this.#joined}`;
    const peer = ['peer', 'name', port, 'netns', this.segment.namespace];
    await must(['ip', 'link', 'add', this.interface, 'netns', machine.namespace, 'type', 'veth', ...peer]);
    await this.segment.ip(`link set ${port} mtu ${this.options.mtu ?? 1500} master bridge up`);
    await this.#configure(machine);
  }

  /** Takes a machine's interface away, as pulling a USB adapter does. */
  async unplug(machine: Machine): Promise<void> {
    await machine.ip(`link del ${this.interface}`);
    this.#ports.delete(machine);
  }

  port(machine: Machine): Port {
    const port = this.#ports.get(machine);
    if (port === undefined) throw new Error(`${machine.name} is not on this LAN`);
    return port;
  }

  /**
   * Gives a machine default routes out of this LAN, by a gateway that nobody is: its link address is known, so
   * what is sent there is on the wire to be captured.
   */
  async addDefaultRoutes(machine: Machine): Promise<void> {
    for (const gateway of [`192.168.${this.options.number}.254`, `fd00:${this.options.number}::fe`]) {
      await machine.ip(`neighbour add ${gateway} lladdr 02:00:00:00:00:fe dev ${this.interface} nud permanent`);
      await machine.ip(`route add default via ${gateway} dev ${this.interface}`);
    }
  }

  async #configure(machine: Machine): Promise<void> {
    const { number, mtu = 1500, ipv6: hasIpv6 = true } = this.options;
    const host = ++this.#joined;
    const ipv4 = `192.168.${number}.${host}`;
    const ipv6 = `fd00:${number}::${host.toString(16)}`;
    await machine.ip(`link set ${this.interface} mtu ${mtu} up`);
    await machine.ip(`address add ${ipv4}/24 dev ${this.interface}`);
    if (hasIpv6) await machine.ip(`address add ${ipv6}/64 dev ${this.interface} nodad`);
    this.#ports.set(machine, { interface: this.interface, ipv4, ipv6 });
  }
}
