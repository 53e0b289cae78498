/**
 * From what the host has and what we wish, the `ip` commands that lead from one to the other, in the order that
 * never lets peer traffic out by the default route. Pure.
 */
import { findOverlayIpv6Conflicts, isCgnat, isOverlayIpv6, overlayRange4, overlayRange6 } from '../cgnat.js';
import type { NetworkWish, WishedDevice } from '../network.js';
import { backstops, markOf } from './backstops.js';
import { deviceAlias, type LinuxHost, type LinuxInterface } from './state.js';
import { addRoute, deleteRoute, type Step } from './step.js';

/** The other end of the device's IPv4 address, as in rayfish; nobody has it. */
const destination4 = '100.64.0.1';

/**
 * The commands that make the host match the wish; none when it does. The wished device, if any, must exist.
 * Order: IPv4 → IPv6 backstops and rules → link → IPv6 address (the kernel drops it with the link) → IPv6 routes.
 */
export function plan(host: LinuxHost, wish: NetworkWish): Step[] {
  const device = host.interfaces.find((candidate) => candidate.name === wish.tun?.name);
  const backstops6 = host.withoutIpv6 === null ? backstops(host, wish, 6) : [];
  if (wish.tun === null || device === undefined) return [...backstops(host, wish, 4), ...backstops6];
  const routes6 = wish.link === 'up' && host.withoutIpv6 === null;
  return [
    ...properties(device, wish.tun),
    ...backstops(host, wish, 4),
    ...addresses4(host, device, wish),
    ...backstops6,
    ...link(device, wish),
    ...(routes6 ? [...addresses6(device, wish), ...deviceRoutes6(host, device, wish)] : []),
  ];
}

function properties(device: LinuxInterface, { mtu, segments }: WishedDevice): Step[] {
  const step = (words: string[], about: string): Step => ({
    family: null,
    args: ['link', 'set', 'dev', device.name, ...words],
    concern: 'link',
    about: `${about} of ${device.name}`,
  });
  return [
    ...(device.alias === deviceAlias ? [] : [step(['alias', deviceAlias], 'the alias')]),
    ...(device.mtu === mtu ? [] : [step(['mtu', String(mtu)], 'the MTU')]),
    ...(device.segments === null || device.segments === segments
      ? []
      : [step(['gso_max_segs', String(segments)], 'the segments in one packet')]),
    // No link-local address: nobody on the overlay could use it, and router solicitations would be noise.
    // A kernel without IPv6 reports no mode.
    ...(device.addressGeneration === null || device.addressGeneration === 'none'
      ? []
      : [step(['addrgenmode', 'none'], 'the address generation')]),
  ];
}

function addresses4(host: LinuxHost, device: LinuxInterface, wish: NetworkWish): Step[] {
  const step = (verb: string, address: string, words: string[]): Step => ({
    family: 4,
    args: ['address', verb, ...words, 'dev', device.name],
    concern: 'ipv4',
    about: `the address ${address} on ${device.name}`,
  });
  const own = device.addresses.filter(({ address, family }) => family === 4 && isCgnat(address));
  const right = own.find(
    ({ address, length, peer, hostOnly }) =>
      address === wish.ipv4 && (wish.ipv6Only ? hostOnly && length === 32 : peer === destination4 && length === 10),
  );
  const steps = own
    .filter((entry) => entry !== right)
    // A point-to-point address is deleted by its other end.
    .map(({ address, length, peer }) =>
      step('delete', address, peer === null ? [`${address}/${length}`] : [address, 'peer', `${peer}/${length}`]),
    );
  if (right === undefined) {
    // Good for this host only: it is not routed, and other helpers see that it takes no range.
    const words = wish.ipv6Only ? [`${wish.ipv4}/32`, 'scope', 'host'] : [wish.ipv4, 'peer', `${destination4}/10`];
    return [...steps, step('add', wish.ipv4, words)];
  }
  const routed = wish.ipv6Only || hasRoute(host, device, overlayRange4, 'main');
  if (routed || !device.up || wish.link === 'down') return steps;
  // The kernel makes this route with the address or the link, but not again when somebody deletes it alone. With
  // its own protocol the kernel also takes it away again with the address.
  const words = ['dev', device.name, 'proto', 'kernel', 'scope', 'link', 'src', wish.ipv4];
  const args = ['route', 'add', overlayRange4, ...words];
  return [...steps, { family: 4, args, concern: 'ipv4', about: `the route ${overlayRange4}` }];
}

function link(device: LinuxInterface, wish: NetworkWish): Step[] {
  if (device.up === (wish.link === 'up')) return [];
  const args = ['link', 'set', 'dev', device.name, wish.link];
  return [{ family: null, args, concern: 'link', about: `the link of ${device.name} (${wish.link})` }];
}

function addresses6(device: LinuxInterface, wish: NetworkWish): Step[] {
  const step = (verb: string, address: string, ...flags: string[]): Step => ({
    family: 6,
    args: ['address', verb, `${address}/128`, 'dev', device.name, ...flags],
    concern: 'ipv6',
    about: `the address ${address} on ${device.name}`,
  });
  const own = device.addresses.filter(({ address, family }) => family === 6 && isOverlayIpv6(address));
  const present = own.some(({ address }) => address === wish.ipv6);
  return [
    ...own.filter(({ address }) => address !== wish.ipv6).map(({ address }) => step('delete', address)),
    // Nobody else on a point-to-point device could have it: no duplicate detection, usable at once.
    ...(present && device.up ? [] : [step('replace', wish.ipv6, 'nodad')]),
  ];
}

/** 200::/7 into the device, or a route for each peer where somebody else holds the range. */
function deviceRoutes6(host: LinuxHost, device: LinuxInterface, wish: NetworkWish): Step[] {
  const held = findOverlayIpv6Conflicts(host, device.name).length > 0;
  const inMain = held ? wish.peers6 : [overlayRange6];
  const own = String(markOf(wish.instance));
  const wanted = [
    { destination: overlayRange6, table: own },
    ...inMain.map((destination) => ({ destination, table: 'main' })),
  ];
  const stale = host.table.filter(
    (route) =>
      route.family === 6 &&
      route.type === 'unicast' &&
      route.table === 'main' &&
      route.interface === device.name &&
      (route.destination === overlayRange6 || isOverlayIpv6(route.destination)) &&
      // The kernel's own route to our address goes with the address.
      route.destination !== wish.ipv6 &&
      !inMain.includes(route.destination),
  );
  return [
    ...wanted
      .filter(({ destination, table }) => !device.up || !hasRoute(host, device, destination, table))
      .map(({ destination, table }) =>
        addRoute({ family: 6, type: 'unicast', destination, interface: device.name, table, metric: 1024 }),
      ),
    ...stale.map(deleteRoute),
  ];
}

function hasRoute(host: LinuxHost, device: LinuxInterface, destination: string, table: string): boolean {
  return host.table.some(
    (route) =>
      route.type === 'unicast' &&
      route.interface === device.name &&
      route.destination === destination &&
      route.table === table,
  );
}
