/** The host's interfaces, addresses, routes and rules, as iproute2 reports them in JSON. */
import * as z from 'zod';
import { Failure } from '../../../shared/errors.js';
import type { Host, HostAddress, HostInterface } from '../host.js';
import { CommandMissing, type CommandResult, type Runner } from '../runner.js';

/** Marks our devices for people (`ip link`) and for other helpers on this host. */
export const deviceAlias = 'rayfish-desktop';

export interface LinuxInterface extends HostInterface {
  alias: string | null;
  /** How many segments the kernel gives it at most in one packet; null where that is not told. */
  segments: number | null;
  /** How the kernel makes link-local addresses; ours makes none. */
  addressGeneration: string | null;
}

export interface LinuxRoute {
  family: 4 | 6;
  /** `unicast`, `unreachable`, `local`, … */
  type: string;
  /** `address/length`, an address, or `default`. */
  destination: string;
  interface: string | null;
  /** `main`, `local`, or a number as text. */
  table: string;
  metric: number;
}

export interface LinuxRule {
  family: 4 | 6;
  preference: number;
  /** `address`, `address/length`, or `all`. */
  from: string;
  to: string;
  /** UDP source port; such a rule of ours leaves default routes out (suppress_prefixlength 0). */
  port: number | null;
  table: string;
}

export interface LinuxHost extends Host {
  interfaces: LinuxInterface[];
  /** Every route of every table; `routes` holds those that lead out of an interface. */
  table: LinuxRoute[];
  rules: LinuxRule[];
  /** Why the kernel has no IPv6 at all; null when it has. */
  withoutIpv6: string | null;
}

/**
 * Reads the host in two processes, one per family.
 * @throws Failure `network-configuration` when there is no iproute2 or it cannot be understood.
 */
export async function readHost(runner: Runner): Promise<LinuxHost> {
  const [four, six] = await Promise.all([report(runner, 4), report(runner, 6)]);
  if (typeof four === 'string')
    throw new Failure('network-configuration', `The host’s network cannot be read (is iproute2 installed?): ${four}`);
  const both = typeof six === 'string' ? [four] : [four, six];
  const addresses = both.flatMap((part) => part.addresses);
  const table = both.flatMap((part) => part.routes);
  return {
    interfaces: four.links.map((link) => interfaceOf(link, addresses)),
    table,
    routes: table.flatMap(({ type, destination, interface: name }) =>
      type === 'unicast' && name !== null ? [{ destination, interface: name }] : [],
    ),
    rules: both.flatMap((part) => part.rules),
    withoutIpv6: typeof six === 'string' ? six : null,
  };
}

/** Runs `ip`. @throws Failure `network-configuration` naming iproute2 when it is not installed. */
export async function runIp(runner: Runner, args: readonly string[], input: string): Promise<CommandResult> {
  try {
    return await runner.run('ip', args, input);
  } catch (error) {
    if (!(error instanceof CommandMissing)) throw error;
    const message = 'The network cannot be set up: the command "ip" is missing. Install the package iproute2.';
    throw new Failure('network-configuration', message, { cause: error });
  }
}

const linkSchema = z.object({
  ifindex: z.number(),
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.number(),
  gso_max_segs: z.number().optional(),
  ifalias: z.string().optional(),
  inet6_addr_gen_mode: z.string().optional(),
  linkinfo: z.object({ info_kind: z.string().optional(), info_data: z.unknown().optional() }).optional(),
});

const addressSchema = z.object({
  ifname: z.string().optional(),
  addr_info: z.array(
    z.object({
      family: z.string().optional(),
      local: z.string().optional(),
      address: z.string().optional(),
      prefixlen: z.number().optional(),
      scope: z.string().optional(),
      tentative: z.boolean().optional(),
      deprecated: z.boolean().optional(),
      dadfailed: z.boolean().optional(),
    }),
  ),
});

const routeSchema = z.object({
  type: z.string().default('unicast'),
  dst: z.string(),
  dev: z.string().optional(),
  table: z.union([z.string(), z.number()]).default('main'),
  metric: z.number().default(0),
});

const ruleSchema = z.object({
  priority: z.number().default(0),
  src: z.string().default('all'),
  srclen: z.number().optional(),
  dst: z.string().optional(),
  dstlen: z.number().optional(),
  ipproto: z.coerce.string().optional(),
  sport: z.number().optional(),
  table: z.union([z.string(), z.number()]).optional(),
});

type Link = z.infer<typeof linkSchema>;
type NamedAddress = HostAddress & { interface: string };

interface Report {
  links: Link[];
  addresses: NamedAddress[];
  routes: LinuxRoute[];
  rules: LinuxRule[];
}

/** Everything of one family, or in words why there is nothing. */
async function report(runner: Runner, family: 4 | 6): Promise<Report | string> {
  const queries = ['link show', 'address show', 'route show table all', 'rule show'];
  // One line of output per query; -force because a family the kernel lacks fails some of them only.
  const args = [`-${family}`, '-json', '-details', '-force', '-batch', '-'];
  const result = await runIp(runner, args, `${queries.join('\n')}\n`);
  const lines = result.stdout.split('\n').filter((line) => line.startsWith('['));
  const [links, addresses, routes, rules] = lines;
  if (links === undefined || addresses === undefined || routes === undefined || rules === undefined) {
    return result.stderr.split('\n')[0]?.trim() ?? `ip ended with code ${result.code}`;
  }
  try {
    return {
      links: entries(links, linkSchema),
      addresses: entries(addresses, addressSchema).flatMap(addressesOf),
      routes: entries(routes, routeSchema).map((route) => routeOf(route, family)),
      rules: entries(rules, ruleSchema).map((rule) => ruleOf(rule, family)),
    };
  } catch (error) {
    const message = `The answer of "ip" is not understood: ${error instanceof Error ? error.message : String(error)}`;
    throw new Failure('network-configuration', message, { cause: error });
  }
}

/** `ip` fills filtered-out entries with empty objects; those are left out. */
function entries<T>(line: string, schema: z.ZodType<T>): T[] {
  const list = z.array(z.looseObject({})).parse(JSON.parse(line));
  return list.filter((entry) => Object.keys(entry).length > 0).map((entry) => schema.parse(entry));
}

const tunnelKinds = /^(tun|wireguard|amneziawg|ipip|ip6tnl|sit|gre|ip6gre|vti|vti6|xfrm|ppp)$/;

function interfaceOf(link: Link, addresses: NamedAddress[]): LinuxInterface {
  const has = (flag: string): boolean => link.flags.includes(flag);
  const kind = link.linkinfo?.info_kind ?? '';
  return {
    name: link.ifname,
    index: link.ifindex,
    up: has('UP'),
    running: has('UP') && has('LOWER_UP'),
    mtu: link.mtu,
    internal: has('LOOPBACK') || has('POINTOPOINT') || has('NOARP') || (tunnelKinds.test(kind) && !isTap(link)),
    sibling: link.ifalias === deviceAlias,
    alias: link.ifalias ?? null,
    segments: link.gso_max_segs ?? null,
    addressGeneration: link.inet6_addr_gen_mode ?? null,
    addresses: addresses.filter((address) => address.interface === link.ifname),
  };
}

/** A virtual machine's Ethernet port is a "tun" of type tap; ZeroTier's is one too, but a tunnel. */
function isTap(link: Link): boolean {
  const type = z.object({ type: z.string() }).safeParse(link.linkinfo?.info_data);
  return type.success && type.data.type === 'tap' && !link.ifname.startsWith('zt');
}

function addressesOf({ ifname, addr_info }: z.infer<typeof addressSchema>): NamedAddress[] {
  return addr_info.flatMap(({ family, local, address, prefixlen, scope, tentative, deprecated, dadfailed }) => {
    if (ifname === undefined || local === undefined || prefixlen === undefined) return [];
    return {
      interface: ifname,
      family: family === 'inet6' ? 6 : 4,
      address: local,
      length: prefixlen,
      peer: address ?? null,
      hostOnly: scope === 'host',
      usable: scope === 'global' && tentative !== true && deprecated !== true && dadfailed !== true,
    };
  });
}

function routeOf({ type, dst, dev, table, metric }: z.infer<typeof routeSchema>, family: 4 | 6): LinuxRoute {
  return { family, type, destination: dst, interface: dev ?? null, table: String(table), metric };
}

/** `ip` prints a number where it does not know the name, in more than one way. */
function isUdp(protocol: string | undefined): boolean {
  return protocol !== undefined && ['udp', '17', 'ipproto-17'].includes(protocol);
}

function ruleOf(rule: z.infer<typeof ruleSchema>, family: 4 | 6): LinuxRule {
  const prefix = (address = 'all', length?: number): string =>
    length === undefined ? address : `${address}/${length}`;
  return {
    family,
    preference: rule.priority,
    from: prefix(rule.src, rule.srclen),
    to: prefix(rule.dst, rule.dstlen),
    port: isUdp(rule.ipproto) ? (rule.sport ?? null) : null,
    table: String(rule.table ?? ''),
  };
}
