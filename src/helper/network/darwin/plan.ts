/**
 * From what the host has and what we wish, the `ifconfig` and `route` argument vectors that lead there. Pure,
 * tested as data on every platform; not yet run on macOS.
 *
 * macOS keeps one route per destination, without metrics. So that the reject route can stand behind the device
 * routes at every moment, it has the whole range, and the device has both halves, which are more specific.
 */
import { findOverlayIpv6Conflicts, isCgnat, isOverlayIpv6, overlayRange4, overlayRange6 } from '../cgnat.js';
import type { HostInterface } from '../host.js';
import type { NetworkWish } from '../network.js';
import type { DarwinHost } from './state.js';

export interface Command {
  command: 'ifconfig' | 'route';
  args: string[];
  /** What stops working when it fails; null: a delete before an add, which may find nothing. */
  concern: 'link' | 'ipv4' | 'ipv6' | null;
  /** What it puts right, for the log; null for a delete before an add. */
  about: string | null;
}

const destination4 = '100.64.0.1';
const halves4 = ['100.64.0.0/11', '100.96.0.0/11'];
const halves6 = ['200::/8', '300::/8'];

/**
 * The commands that make the host match the wish; none when it does. The wished device, if any, must exist.
 * Order: backstops → IPv4 address → link → IPv6 address → routes, each deleted, then added.
 */
export function plan(host: DarwinHost, wish: NetworkWish): Command[] {
  const device = host.interfaces.find((candidate) => candidate.name === wish.tun?.name);
  const held = device !== undefined && findOverlayIpv6Conflicts(host, device.name).length > 0;
  const rejects = [...(held ? [] : [overlayRange6]), ...(wish.ipv6Only ? [] : [overlayRange4])];
  const unwanted = wish.ipv6Only && hasReject(host, overlayRange4) ? [overlayRange4] : [];
  return [
    ...unwanted.map((range) => removeReject(range)),
    ...rejects.filter((range) => !hasReject(host, range)).flatMap(addReject),
    ...(device === undefined || wish.tun === null ? [] : configure(device, wish, wish.tun.mtu)),
    ...(device === undefined || wish.link === 'down' ? [] : routes(host, device, wish, held)),
  ];
}

/** The commands that remove the backstops and self routes; the device's own routes go with it. */
export function removal(wish: NetworkWish | null): Command[] {
  const self = wish === null ? [] : [wish.ipv4, wish.ipv6];
  return [
    ...[overlayRange4, overlayRange6].map(removeReject),
    ...self.map((address) => deletion(['-host', address, '-interface', 'lo0'], address)),
  ];
}

function configure(device: HostInterface, wish: NetworkWish, mtu: number): Command[] {
  const commands: Command[] = [];
  const set = (args: string[], concern: Command['concern'], about: string): void => {
    commands.push({ command: 'ifconfig', args: [device.name, ...args], concern, about: `${about} of ${device.name}` });
  };
  if (device.mtu !== mtu) set(['mtu', String(mtu)], 'link', 'the MTU');
  const peer = wish.ipv6Only ? wish.ipv4 : destination4;
  const mask = wish.ipv6Only ? '255.255.255.255' : '255.192.0.0';
  const own = device.addresses.filter(({ address }) => isCgnat(address) || isOverlayIpv6(address));
  const four = own.find((entry) => entry.address === wish.ipv4 && entry.peer === peer);
  const six = own.find((entry) => entry.address === wish.ipv6);
  for (const { family, address } of own.filter((entry) => entry !== four && entry !== six)) {
    set([family === 4 ? 'inet' : 'inet6', address, 'delete'], family === 4 ? 'ipv4' : 'ipv6', `the address ${address}`);
  }
  if (four === undefined) set(['inet', wish.ipv4, peer, 'netmask', mask], 'ipv4', `the address ${wish.ipv4}`);
  if (device.up !== (wish.link === 'up')) set([wish.link], 'link', `the link (${wish.link})`);
  if (wish.link === 'up' && (six === undefined || !device.up)) {
    set(['inet6', wish.ipv6, 'prefixlen', '128'], 'ipv6', `the address ${wish.ipv6}`);
  }
  return commands;
}

function routes(host: DarwinHost, device: HostInterface, wish: NetworkWish, held: boolean): Command[] {
  const self = (address: string): Target => ({ kind: '-host', destination: address, interface: 'lo0' });
  const net = (destination: string): Target => ({ kind: '-net', destination, interface: device.name });
  const peer = (address: string): Target => ({ kind: '-host', destination: address, interface: device.name });
  const wanted: Target[] = [
    ...(held ? wish.peers6.map(peer) : halves6.map(net)),
    ...(wish.ipv6Only ? [] : halves4.map(net)),
    // Packets to ourselves would otherwise go out of the device.
    self(wish.ipv6),
    self(wish.ipv4),
  ];
  const stale = host.table.filter(
    ({ destination, interface: name }) =>
      name === device.name &&
      ([...halves4, ...halves6].includes(destination) || isOverlayIpv6(destination)) &&
      !wanted.some((target) => target.destination === destination),
  );
  return [
    ...wanted.filter((target) => !device.up || !hasTarget(host, target)).flatMap(replacement),
    ...stale.map(({ destination }) => {
      const kind = destination.includes('/') ? '-net' : '-host';
      return deletion([kind, destination, '-interface', device.name], destination);
    }),
  ];
}

interface Target {
  kind: '-host' | '-net';
  destination: string;
  interface: string;
}

function hasTarget(host: DarwinHost, target: Target): boolean {
  return host.table.some(
    (route) => route.destination === target.destination && route.interface === target.interface && !route.reject,
  );
}

function hasReject(host: DarwinHost, range: string): boolean {
  return host.table.some((route) => route.destination === range && route.reject);
}

/** `route add` fails where the route exists, through whatever interface: delete, then add. */
function replacement({ kind, destination, interface: name }: Target): Command[] {
  const words = [kind, destination, '-interface', name];
  return [deletion(words, destination), addition(words, destination, `the route ${destination}`)];
}

function addReject(range: string): Command[] {
  return [removeReject(range), addition(rejectWords(range), range, `the backstop ${range}`)];
}

function removeReject(range: string): Command {
  return deletion(rejectWords(range), range);
}

function rejectWords(range: string): string[] {
  return ['-net', range, range.includes(':') ? '::1' : '127.0.0.1', '-reject'];
}

function addition(words: string[], destination: string, about: string): Command {
  const concern = destination.includes(':') ? 'ipv6' : 'ipv4';
  return { command: 'route', args: ['-n', 'add', family(destination), ...words], concern, about };
}

function deletion(words: string[], destination: string): Command {
  return { command: 'route', args: ['-n', 'delete', family(destination), ...words], concern: null, about: null };
}

function family(destination: string): '-inet' | '-inet6' {
  return destination.includes(':') ? '-inet6' : '-inet';
}
