/** Which interfaces mDNS speaks on, what it announces, and how eagerly it asks. */
import type { LanInterface } from './network/network.js';
import type { Plane } from './native.js';

/** How long we ask eagerly after something gave hope. */
const eagerMs = 60_000;

export class Lan {
  #interfaces: LanInterface[] = [];
  #hopeAt = performance.now();
  #applied = '';

  constructor(private readonly plane: Plane) {}

  /** Own outer addresses, IPv4 first. */
  get addresses(): string[] {
    return [...this.#interfaces.flatMap(({ ipv4 }) => ipv4), ...this.#interfaces.flatMap(({ ipv6 }) => ipv6)];
  }

  /** @returns whether these are others than before. */
  setInterfaces(interfaces: LanInterface[]): boolean {
    if (JSON.stringify(interfaces) === JSON.stringify(this.#interfaces)) return false;
    this.#interfaces = interfaces;
    return true;
  }

  /** A peer was added or the network changed: whoever is waited for may be found soon. */
  hope(): void {
    this.#hopeAt = performance.now();
  }

  /**
   * Brings mDNS in line.
   * @param enabled whether the owner wants mDNS at all.
   * @param waiting whether some peer is not connected.
   * @returns whether something changed.
   */
  apply(enabled: boolean, waiting: boolean): boolean {
    const options = {
      interfaces: enabled ? this.#interfaces.flatMap(({ ipv4 }) => ipv4) : [],
      announce: enabled ? this.addresses : [],
      eager: waiting && performance.now() - this.#hopeAt < eagerMs,
    };
    const text = JSON.stringify(options);
    if (text === this.#applied) return false;
    this.#applied = text;
    this.plane.setLan(options);
    return true;
  }
}
