/**
 * From what the host has and what we wish, the `ip` commands that lead from one to the other, in the order that
 * never lets peer traffic out by the default route. Pure; docs/architecture.md says what each part is for.
 *
 * Per instance there is one number, its mark: metric of its backstops and number of its own routing table. By it a
 * helper finds the remains of its killed predecessor and two helpers keep out of each other's way.
 */
import { overlayRange4, overlayRange6, isCgnat, isOverlayIpv6, findOverlayIpv6Conflicts } from '../cgnat.js';
import type { NetworkWish } from '../network.js';
import { deviceAlias, type LinuxHost, type LinuxInterface, type LinuxRoute, type LinuxRule } from './state.js';

export interface Step {
  /** null: the command means the same in both. */
  family: 4 | 6 | null;
  /** Words after `ip -4` or `ip -6`. */
  args: string[];
  /** What stops working when the step fails. */
  concern: 'link' | 'ipv4' | 'ipv6';
  /** What the step puts right, for the log. */
  about: string;
}

/** The other end of the device's IPv4 address, as in rayfish; nobody has it. */
const destination4 = '100.64.0.1';

/** Metric of the backstops and number of the routing table of an instance; no other software's by any likelihood. */
export function markOf(instance: number): number {
  return 0xf0000000 + (instance % 0x0fffffff);
}

/**
 * The commands that make the host match the wish; none when it does. The wished device, if any, must exist.
 * Order: IPv4 → IPv6 backstops and rules → link → IPv6 address (the kernel drops it with the link) → IPv6 routes.
 */
export function plan(host: LinuxHost, wish: NetworkWish): Step[] {
  const device = host.interfaces.find((candidate) => candidate.name === wish.tun?.name);
  const wanted = wantedBackstops(wish);
  const six = host.withoutIpv6 === null;
  return [
    ...(device === undefined || wish.tun === null ? [] : properties(device, wish.tun.mtu)),
    ...backstops(host, wish.instance, wanted, 4),
    ...(device === undefined ? [] : addresses4(host, device, wish)),
    ...(six ? backstops(host, wish.instance, wanted, 6) : []),
    ...(device === undefined ? [] : link(device, wish)),
    ...(device === undefined || wish.link === 'down' || !six
      ? []
      : [...addresses6(device, wish), ...deviceRoutes6(host, device, wish)]),
  ];
}

/** The commands that remove what an instance has in the host's tables. */
export function removal(host: LinuxHost, instance: number): Step[] {
  const none: Wanted = { routes: [], rules: [] };
  return [
    ...backstops(host, instance, none, 4),
    ...backstops(host, instance, none, 6),
    ...host.table
      .filter((route) => route.table === String(markOf(instance)) && route.type === 'unicast')
      .map((route) => deleteRoute(route)),
  ];
}

interface Wanted {
  routes: LinuxRoute[];
  rules: LinuxRule[];
}

function wantedBackstops(wish: NetworkWish): Wanted {
  const mark = markOf(wish.instance);
  const own = String(mark);
  const unreachable = { type: 'unreachable', interface: null, metric: mark };
  const { source, destination } = preferencesOf(wish.instance);
  const wanted: Wanted = {
    routes: [
      { ...unreachable, family: 6, destination: overlayRange6, table: 'main' },
      { ...unreachable, family: 6, destination: overlayRange6, table: own },
    ],
    rules: [
      // What bears our own address leaves by our own device, whoever else holds the range in the main table.
      { family: 6, preference: source, from: wish.ipv6, to: overlayRange6, port: null, table: own },
      { family: 6, preference: destination, from: 'all', to: overlayRange6, port: null, table: 'main' },
    ],
  };
  for (const port of wish.ports ?? []) {
    for (const family of [4, 6] as const) {
      wanted.rules.push({ family, preference: source, from: 'all', to: 'all', port, table: 'main' });
    }
  }
  if (!wish.ipv6Only) {
    wanted.routes.push({ ...unreachable, family: 4, destination: overlayRange4, table: 'main' });
    wanted.rules.push({
      family: 4,
      preference: destination,
      from: 'all',
      to: overlayRange4,
      port: null,
      table: 'main',
    });
  }
  return wanted;
}

function backstops(host: LinuxHost, instance: number, all: Wanted, family: 4 | 6): Step[] {
  const mark = markOf(instance);
  const ours = {
    routes: host.table.filter(
      (route) => route.family === family && route.type === 'unreachable' && route.metric === mark,
    ),
    rules: host.rules.filter((rule) => rule.family === family && isOurs(rule, instance)),
  };
  const wanted = {
    routes: all.routes.filter((route) => route.family === family),
    rules: all.rules.filter((rule) => rule.family === family),
  };
  const missing = <T>(list: T[], present: T[], same: (a: T, b: T) => boolean): T[] =>
    list.filter((entry) => !present.some((other) => same(entry, other)));
  return [
    ...missing(wanted.routes, ours.routes, sameRoute).map(addRoute),
    ...missing(wanted.rules, ours.rules, sameRule).map((rule) => changeRule('add', rule)),
    ...missing(ours.rules, wanted.rules, sameRule).map((rule) => changeRule('delete', rule)),
    ...missing(ours.routes, wanted.routes, sameRoute).map(deleteRoute),
  ];
}

function isOurs(rule: LinuxRule, instance: number): boolean {
  if (rule.table === String(markOf(instance))) return true;
  if (rule.table !== 'main') return false;
  const { source, destination } = preferencesOf(instance);
  const range = rule.family === 4 ? overlayRange4 : overlayRange6;
  return rule.port === null
    ? rule.preference === destination && rule.to === range
    : rule.preference === source && rule.to === 'all';
}

/**
 * Preferences of our rules: before those of others with a default route in their table (Tailscale's exit nodes: 5270),
 * and every rule by source before every rule by destination, whichever instance's.
 */
function preferencesOf(instance: number): { source: number; destination: number } {
  return { source: 5100 + (instance % 50), destination: 5150 + (instance % 50) };
}

function properties(device: LinuxInterface, mtu: number): Step[] {
  const step = (words: string[], about: string): Step => ({
    family: null,
    args: ['link', 'set', 'dev', device.name, ...words],
    concern: 'link',
    about: `${about} of ${device.name}`,
  });
  return [
    ...(device.alias === deviceAlias ? [] : [step(['alias', deviceAlias], 'the alias')]),
    ...(device.mtu === mtu ? [] : [step(['mtu', String(mtu)], 'the MTU')]),
    // No link-local address: nobody on the overlay could use it, and router solicitations would be noise.
    // A kernel without IPv6 reports no mode.
    ...(device.addressGeneration === null || device.addressGeneration === 'none'
      ? []
      : [step(['addrgenmode', 'none'], 'the address generation')]),
  ];
}

function addresses4(host: LinuxHost, device: LinuxInterface, wish: NetworkWish): Step[] {
  const length = wish.ipv6Only ? 32 : 10;
  const own = device.addresses.filter(({ address, family }) => family === 4 && isCgnat(address));
  const right = own.find(
    (entry) =>
      entry.address === wish.ipv4 &&
      entry.length === length &&
      (wish.ipv6Only ? entry.hostOnly : entry.peer === destination4),
  );
  // Named as the kernel knows it: a point-to-point address is deleted by its peer.
  const wrong = own.filter((entry) => entry !== right);
  const steps = wrong.map(({ address, length, peer }): Step => {
    const named = peer === null ? [`${address}/${length}`] : [address, 'peer', `${peer}/${length}`];
    return address4(['delete', ...named], device, address);
  });
  if (right === undefined) {
    // An unrouted /32 is good for this host only: so other helpers, too, know that it takes no range.
    const named = wish.ipv6Only ? [`${wish.ipv4}/32`, 'scope', 'host'] : [wish.ipv4, 'peer', `${destination4}/10`];
    steps.push(address4(['add', ...named], device, wish.ipv4));
  } else if (!wish.ipv6Only && device.up && wish.link === 'up' && !hasRoute(host, device, overlayRange4, 'main')) {
    // The kernel makes this route with the address or the link, but not again when somebody deletes it alone;
    // by its protocol it takes it away with the address again.
    const route = [
      'route',
      'add',
      overlayRange4,
      'dev',
      device.name,
      'proto',
      'kernel',
      'scope',
      'link',
      'src',
      wish.ipv4,
    ];
    steps.push({ family: 4, args: route, concern: 'ipv4', about: `the route ${overlayRange4}` });
  }
  return steps;
}

function address4(words: string[], device: LinuxInterface, address: string): Step {
  const [verb = '', ...rest] = words;
  const args = ['address', verb, ...rest, 'dev', device.name];
  return { family: 4, args, concern: 'ipv4', about: `the address ${address} on ${device.name}` };
}

function link(device: LinuxInterface, wish: NetworkWish): Step[] {
  if (device.up === (wish.link === 'up')) return [];
  const args = ['link', 'set', 'dev', device.name, wish.link];
  return [{ family: null, args, concern: 'link', about: `the link of ${device.name} (${wish.link})` }];
}

function addresses6(device: LinuxInterface, wish: NetworkWish): Step[] {
  const step = (words: string[], address: string): Step => ({
    family: 6,
    args: ['address', ...words, 'dev', device.name],
    concern: 'ipv6',
    about: `the address ${address} on ${device.name}`,
  });
  const own = device.addresses.filter(({ address, family }) => family === 6 && isOverlayIpv6(address));
  const right = own.find(({ address, length }) => address === wish.ipv6 && length === 128);
  const steps = own
    .filter((entry) => entry !== right)
    .map(({ address, length }) => step(['delete', `${address}/${length}`], address));
  // Nobody else on a point-to-point device could have it: no duplicate detection, usable at once.
  if (right === undefined || !device.up) {
    const words = ['replace', `${wish.ipv6}/128`];
    steps.push({ ...step(words, wish.ipv6), args: ['address', ...words, 'dev', device.name, 'nodad'] });
  }
  return steps;
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

function addRoute(route: LinuxRoute): Step {
  return changeRoute('add', route);
}

function deleteRoute(route: LinuxRoute): Step {
  return changeRoute('delete', route);
}

function changeRoute(verb: 'add' | 'delete', route: LinuxRoute): Step {
  const { family, type, destination, table, metric } = route;
  const through = type === 'unicast' && route.interface !== null ? ['dev', route.interface] : [];
  const words = [type, destination, ...through, 'metric', String(metric), 'table', table];
  const what = type === 'unicast' ? `the route ${destination}` : `the backstop ${destination}`;
  return {
    family,
    args: ['route', verb, ...words],
    concern: family === 4 ? 'ipv4' : 'ipv6',
    about: table === 'main' ? what : `${what} of our own table`,
  };
}

function changeRule(verb: 'add' | 'delete', { family, preference, from, to, port, table }: LinuxRule): Step {
  const udp = port === null ? [] : ['ipproto', 'udp', 'sport', String(port)];
  const unlessDefault = port === null ? [] : ['suppress_prefixlength', '0'];
  const which = ['pref', String(preference), 'from', from, 'to', to, ...udp];
  return {
    family,
    args: ['rule', verb, ...which, 'lookup', table, ...unlessDefault],
    concern: family === 4 ? 'ipv4' : 'ipv6',
    about: port === null ? `the rule for ${from === 'all' ? to : from}` : `the rule for UDP port ${port}`,
  };
}

function sameRoute(a: LinuxRoute, b: LinuxRoute): boolean {
  return a.destination === b.destination && a.table === b.table && a.metric === b.metric;
}

function sameRule(a: LinuxRule, b: LinuxRule): boolean {
  const place = a.preference === b.preference && a.table === b.table;
  return place && a.from === b.from && a.to === b.to && a.port === b.port;
}
