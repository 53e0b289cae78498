/**
 * The host's interfaces and routes from the output of `ifconfig -a` and `netstat -rn`. Pure; written after the
 * manual pages and known output, not yet run on macOS.
 */
import type { Host, HostAddress, HostInterface } from '../host.js';

export interface DarwinRoute {
  destination: string;
  interface: string;
  /** Answers "unreachable" instead of leading anywhere. */
  reject: boolean;
}

export interface DarwinHost extends Host {
  table: DarwinRoute[];
}

/**
 * @param ifconfig output of `ifconfig -a`
 * @param netstat outputs of `netstat -rn -f inet` and `-f inet6`
 */
export function parseHost(ifconfig: string, netstat: readonly string[]): DarwinHost {
  const table = netstat.flatMap((text) => text.split('\n').flatMap(routeOf));
  return {
    interfaces: interfacesOf(ifconfig),
    table,
    routes: table.filter((route) => !route.reject && !/^lo\d/.test(route.interface)),
  };
}

function interfacesOf(text: string): HostInterface[] {
  const interfaces: HostInterface[] = [];
  for (const line of text.split('\n')) {
    const head = /^(\S+): flags=[0-9a-f]+<([^>]*)>(?:.*\bmtu (\d+))?/.exec(line);
    if (head !== null) {
      const [, name = '', flagList = '', mtu = '0'] = head;
      const flags = flagList.split(',');
      interfaces.push({
        name,
        index: interfaces.length + 1,
        up: flags.includes('UP'),
        running: flags.includes('UP') && flags.includes('RUNNING'),
        mtu: Number(mtu),
        internal: flags.includes('LOOPBACK') || flags.includes('POINTOPOINT'),
        sibling: false,
        addresses: [],
      });
      continue;
    }
    const current = interfaces.at(-1);
    if (current === undefined) continue;
    const address = addressOf(line);
    if (address !== null) current.addresses.push(address);
    // An Ethernet or Wi-Fi port without a link still says RUNNING at times.
    if (/^\s+status: inactive/.test(line)) current.running = false;
  }
  return interfaces;
}

function addressOf(line: string): HostAddress | null {
  const four = /^\s+inet (\S+)(?: --> (\S+))? netmask 0x([0-9a-f]{8})/.exec(line);
  if (four !== null) {
    const [, address = '', peer = null, mask = ''] = four;
    const length = Number.parseInt(mask, 16).toString(2).replace(/0+$/, '').length;
    return { family: 4, address, length, peer, hostOnly: false, usable: !address.startsWith('169.254.') };
  }
  const six = /^\s+inet6 (\S+?)(?:%\S+)?(?: --> \S+)? prefixlen (\d+)(.*)$/.exec(line);
  if (six === null) return null;
  const [, address = '', length = '', marks = ''] = six;
  const usable = !address.startsWith('fe80:') && !/\b(tentative|deprecated|duplicated|detached)\b/.test(marks);
  return { family: 6, address, length: Number(length), peer: null, hostOnly: false, usable };
}

/** `Destination Gateway Flags Netif [Expire]`; headings and empty lines have no such flags. */
function routeOf(line: string): DarwinRoute[] {
  const [destination, gateway, flags, name] = line.trim().split(/\s+/);
  if (destination === undefined || gateway === undefined || name === undefined) return [];
  if (flags === undefined || !/^U[A-Za-z0-9]*$/.test(flags)) return [];
  return [{ destination: fullDestination(destination), interface: name, reject: flags.includes('R') }];
}

/** netstat drops the zero octets of IPv4 networks: `100.64/10`, and `127` for 127.0.0.0/8. */
function fullDestination(text: string): string {
  const [address = '', length] = text.replace(/%[^/]*/, '').split('/');
  if (address.includes(':') || address === 'default') return length === undefined ? address : `${address}/${length}`;
  const octets = address.split('.');
  if (octets.length === 4 && length === undefined) return address;
  const bits = length ?? String(octets.length * 8);
  return `${[...octets, '0', '0', '0'].slice(0, 4).join('.')}/${bits}`;
}
