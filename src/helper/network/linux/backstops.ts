/**
 * What keeps peer traffic in the tunnel whatever other routes the host has: unreachable routes behind the device's,
 * and rules that let no other table decide. There while the helper runs, in standby too.
 *
 * Per instance there is one number, its mark: metric of its backstops and number of its own routing table. By it a
 * helper finds the remains of its killed predecessor and two helpers keep out of each other's way.
 */
import { overlayRange4, overlayRange6 } from '../cgnat.js';
import type { NetworkWish } from '../network.js';
import type { LinuxHost, LinuxRoute, LinuxRule } from './state.js';
import { addRoute, addRule, deleteRoute, deleteRule, type Step } from './step.js';

/** Metric of the backstops and number of the routing table of an instance; no other software's by any likelihood. */
export function markOf(instance: number): number {
  return 0xf0000000 + (instance % 0x0fffffff);
}

/** The steps that bring the backstops of one family to what is wished. */
export function backstops(host: LinuxHost, wish: NetworkWish, family: 4 | 6): Step[] {
  return reconcile(host, wish.instance, wantedBy(wish), family);
}

/** The steps that remove every backstop of an instance, and its own table. */
export function backstopRemoval(host: LinuxHost, instance: number): Step[] {
  const nothing: Wanted = { routes: [], rules: [] };
  const table = String(markOf(instance));
  return [
    ...reconcile(host, instance, nothing, 4),
    ...reconcile(host, instance, nothing, 6),
    ...host.table.filter((route) => route.table === table && route.type === 'unicast').map(deleteRoute),
  ];
}

interface Wanted {
  routes: LinuxRoute[];
  rules: LinuxRule[];
}

function wantedBy(wish: NetworkWish): Wanted {
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
  for (const port of wish.ports) {
    for (const family of [4, 6] as const) {
      wanted.rules.push({ family, preference: source, from: 'all', to: 'all', port, table: 'main' });
    }
  }
  if (!wish.ipv6Only) {
    wanted.routes.push({ ...unreachable, family: 4, destination: overlayRange4, table: 'main' });
    const any = { preference: destination, from: 'all', port: null };
    wanted.rules.push({ ...any, family: 4, to: overlayRange4, table: 'main' });
  }
  return wanted;
}

function reconcile(host: LinuxHost, instance: number, all: Wanted, family: 4 | 6): Step[] {
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
    ...missing(wanted.rules, ours.rules, sameRule).map(addRule),
    ...missing(ours.rules, wanted.rules, sameRule).map(deleteRule),
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
 * and every rule by source before every rule by destination, whichever instance's. So many, because two helpers on
 * one host that shared a preference would take each other's rules for their own remains.
 */
function preferencesOf(instance: number): { source: number; destination: number } {
  return { source: 1100 + (instance % 2000), destination: 3100 + (instance % 2000) };
}

function sameRoute(a: LinuxRoute, b: LinuxRoute): boolean {
  return a.destination === b.destination && a.table === b.table && a.metric === b.metric;
}

function sameRule(a: LinuxRule, b: LinuxRule): boolean {
  const place = a.preference === b.preference && a.table === b.table;
  return place && a.from === b.from && a.to === b.to && a.port === b.port;
}
