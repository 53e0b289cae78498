/** What both platforms can say of the host's interfaces and routes. */

export interface HostAddress {
  family: 4 | 6;
  address: string;
  length: number;
  /** The other end of a point-to-point address. */
  peer: string | null;
  /** Meant for this host alone (Linux: scope host); reaches nobody and takes no range. */
  hostOnly: boolean;
  /** Settled and preferred: neither tentative nor deprecated, a duplicate or link-local. */
  usable: boolean;
}

export interface HostInterface {
  name: string;
  /** Kernel's index; smaller is older. */
  index: number;
  /** Administratively up. */
  up: boolean;
  /** Up and with carrier. */
  running: boolean;
  mtu: number;
  /** The loopback interface, or a tunnel of any kind. */
  internal: boolean;
  /** The device of another helper of this product. */
  sibling: boolean;
  addresses: HostAddress[];
}

/** A route that leads packets out of an interface, in whatever table. */
export interface HostRoute {
  /** `address/length` or an address. */
  destination: string;
  interface: string;
}

export interface Host {
  interfaces: HostInterface[];
  routes: HostRoute[];
}
