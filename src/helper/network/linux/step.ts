/** One change to the host by `ip`, and the changes to routes and rules written as such. Pure. */
import type { LinuxRoute, LinuxRule } from './state.js';

/** As a number: names need /etc/protocols, which a small system lacks. */
const udp = '17';

export interface Step {
  /** null: the command means the same for both. */
  family: 4 | 6 | null;
  /** Words after `ip -4` or `ip -6`. */
  args: string[];
  /** What stops working when the step fails. */
  concern: 'link' | 'ipv4' | 'ipv6';
  /** What the step puts right, for the log. */
  about: string;
}

export function addRoute(route: LinuxRoute): Step {
  return changeRoute('add', route);
}

export function deleteRoute(route: LinuxRoute): Step {
  return changeRoute('delete', route);
}

export function addRule(rule: LinuxRule): Step {
  return changeRule('add', rule);
}

export function deleteRule(rule: LinuxRule): Step {
  return changeRule('delete', rule);
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
  const endpoint = port === null ? [] : ['ipproto', udp, 'sport', String(port)];
  const unlessDefault = port === null ? [] : ['suppress_prefixlength', '0'];
  const which = ['pref', String(preference), 'from', from, 'to', to, ...endpoint];
  return {
    family,
    args: ['rule', verb, ...which, 'lookup', table, ...unlessDefault],
    concern: family === 4 ? 'ipv4' : 'ipv6',
    about: port === null ? `the rule for ${from === 'all' ? to : from}` : `the rule for UDP port ${port}`,
  };
}
