/**
 * The host's network as one helper wants it: the tunnel device's link, addresses and routes, and the backstops
 * that keep peer traffic off the default route. The same interface on Linux and macOS.
 */
import type { Warning } from '../../shared/status.js';
import type { Conflict } from './cgnat.js';

export interface WishedDevice {
  name: string;
  /** Bytes. */
  mtu: number;
  /** How many segments the host gives it at most in one packet (Linux). */
  segments: number;
}

/** What should be true of the host's network; a pure value, applied as often as wanted. */
export interface NetworkWish {
  /** The tunnel device; null while there is none, then only backstops are kept. */
  tun: WishedDevice | null;
  link: 'up' | 'down';
  /** Own overlay addresses, in the form the kernel reports them (RFC 5952). */
  ipv4: string;
  ipv6: string;
  /** The IPv4 address becomes an unrouted /32; no route, rule or backstop in 100.64.0.0/10. */
  ipv6Only: boolean;
  /** Overlay IPv6 of the known peers: a /128 route each while somebody else holds 200::/7. */
  peers6: string[];
  /**
   * UDP ports of the endpoint (Linux): what they send to networks the main table knows keeps out of another VPN's
   * default route, so that peers on the LAN stay direct beside it.
   */
  ports: readonly number[];
  /** Tells helpers in one network namespace apart: see `instanceOf`. */
  instance: number;
}

export interface Outcome {
  /** What was added, changed or removed, in words; empty when everything was as wished. */
  changes: string[];
  /** True when this very wish had been in force before: `changes` then undo what somebody else did. */
  repaired: boolean;
  /** What does not work now; the complete list for this wish. */
  warnings: Warning[];
}

export interface LanInterface {
  name: string;
  /** Own IPv4 addresses, none of them in 100.64.0.0/10. */
  ipv4: string[];
  /** Own global and unique local IPv6 addresses, none of them in 200::/7. */
  ipv6: string[];
}

export interface Survey {
  /** Foreign interfaces with an address or route in 100.64.0.0/10: reasons to run IPv6-only. */
  cgnat: Conflict[];
  /** Foreign interfaces that hold 200::/7 or a large part; `apply` copes and warns by itself. */
  overlayIpv6: Conflict[];
  /** Interfaces that are up, have an address and lead to other machines: no loopback, no tunnels. */
  lan: LanInterface[];
}

export interface Network {
  /**
   * Reads the host's interfaces, addresses and routes; changes nothing.
   * @param ownTun our device's name, never a conflict; null before it exists.
   * @throws Failure `network-configuration` when the host cannot be read.
   */
  survey(ownTun: string | null): Promise<Survey>;
  /**
   * Makes the host match the wish. Idempotent; calls run one after another.
   * @throws Failure `network-configuration` when the device is gone or its link does not follow.
   */
  apply(wish: NetworkWish): Promise<Outcome>;
  /**
   * Removes every route, rule and backstop of this instance, an earlier killed run's too. The device's own
   * addresses and routes go with the device. Never throws: what cannot be removed is found at the next start.
   */
  remove(instance: number): Promise<void>;
  /**
   * Calls back at most every 150 ms while links, addresses, routes or rules change, whoever did it, ourselves
   * included. Does not keep the process alive.
   * @returns the function that stops it.
   */
  watch(onChange: () => void): () => void;
  /**
   * Whether the host's own firewall drops what peers send; reads it, changes nothing.
   * @param ports UDP ports the endpoint listens on.
   */
  firewall(tun: string, ports: number[], ipv6Only: boolean): Promise<Warning[]>;
}

/** The instance number of a node ID (64 hex characters): its first 32 bits. */
export function instanceOf(nodeId: string): number {
  return Number.parseInt(nodeId.slice(0, 8), 16);
}
