/** What happens to the network of a machine that two helpers reach each other by. */
import type { Helper } from './helper.js';
import type { Lan } from './lan.js';
import type { Random } from './random.js';
import { sleep } from './wait.js';

export interface NetworkChange {
  what: string;
  /** The path in use is not touched by it. */
  leavesPath: boolean;
  /** Nothing is left by which the other end could reach it, nor it tell the other end where it is now. */
  leavesNothing?: true;
  /** Makes it. Returns when there was a usable path again, in milliseconds since the epoch. */
  make(): Promise<number>;
}

/** Two helpers on one LAN, of which one's network changes. */
export interface Site {
  changed: Helper;
  other: Helper;
  lan: Lan;
  /** Whether machines have a default route by the LAN. */
  defaultRoute: boolean;
}

/** A network of its own for what happens elsewhere. The same on every machine, as those of containers are. */
const elsewhere = 'elsewhere';
/** For routes alone: with the last address of a link the kernel takes away its routes. */
const routed = 'routed';
const pluggable = 'pluggable';
const unplugged = 'unplugged';

/** Gives the machine of a helper further links: they come and go, and nobody is on them. */
export async function addElsewhere({ machine }: Helper): Promise<void> {
  for (const link of [elsewhere, routed, pluggable]) {
    await machine.ip(`link add ${link} type veth peer name ${link}-end`);
    for (const end of [link, `${link}-end`]) await machine.ip(`link set ${end} up`);
  }
}

/** Things that come at the first time and go at the next, as words of `ip`. */
const comings = [
  ['an address elsewhere', `address add 172.17.0.1/16 dev ${elsewhere}`, `address del 172.17.0.1/16 dev ${elsewhere}`],
  [
    'an IPv6 address elsewhere',
    `address add fd17::1/64 dev ${elsewhere} nodad`,
    `address del fd17::1/64 dev ${elsewhere}`,
  ],
  ['a route elsewhere', `route add 10.17.0.0/16 dev ${routed}`, `route del 10.17.0.0/16 dev ${routed}`],
  ['an IPv6 route elsewhere', `-6 route add fd18::/64 dev ${routed}`, `-6 route del fd18::/64 dev ${routed}`],
  [
    'a second default route',
    `route add default dev ${routed} metric 9000`,
    `route del default dev ${routed} metric 9000`,
  ],
  [
    'a second address beside the one in use',
    'address add 192.168.217.1/24 dev LAN',
    'address del 192.168.217.1/24 dev LAN',
  ],
  ['another link', `link add ${unplugged} up type veth peer name ${unplugged}-end`, `link del ${unplugged}`],
  ['another link, down', `link set ${pluggable} down`, `link set ${pluggable} up`],
] as const;

/** Every change once, in an order left to chance; what has come on a machine before is in `present`. */
export function changesOf(sites: readonly [Site, ...Site[]], random: Random, present: Set<string>): NetworkChange[] {
  const intact = comings.map((coming) => comeOrGo(random.one(sites), coming, present));
  return random.shuffled([...intact, ...losses.map((loss) => loss(random.one(sites), random))]);
}

function comeOrGo(
  { changed, lan }: Site,
  [what, come, go]: (typeof comings)[number],
  present: Set<string>,
): NetworkChange {
  const key = `${changed.name}: ${what}`;
  return {
    what: key,
    leavesPath: true,
    make: async () => {
      const goes = present.delete(key);
      if (!goes) present.add(key);
      await changed.machine.ip((goes ? go : come).replace('LAN', lan.interface));
      return Date.now();
    },
  };
}

const losses: readonly ((site: Site, random: Random) => NetworkChange)[] = [
  (site) => ({
    what: `${site.changed.name}: the address in use is replaced`,
    leavesPath: false,
    make: async () => {
      const remote = (await site.other.peer(site.changed)).path?.remote ?? '';
      await site.lan.renumber(site.changed.machine, remote.startsWith('[') ? 'ipv6' : 'ipv4');
      return restored(site);
    },
  }),
  (site) => ({
    what: `${site.changed.name}: every address is replaced`,
    leavesPath: false,
    leavesNothing: true,
    make: async () => {
      await site.lan.renumber(site.changed.machine, 'ipv4');
      await site.lan.renumber(site.changed.machine, 'ipv6');
      return restored(site);
    },
  }),
  (site, random) => {
    const forMs = 100 + 100 * random.below(15);
    return {
      what: `${site.changed.name}: its link is down for ${forMs} ms`,
      leavesPath: false,
      make: async () => {
        await site.lan.disconnect(site.changed.machine);
        await sleep(forMs);
        await site.lan.reconnect(site.changed.machine);
        return restored(site);
      },
    };
  },
  ({ changed }, random) => {
    const forMs = 100 * random.below(10);
    return {
      what: `${changed.name}: down, and up after ${forMs} ms`,
      leavesPath: false,
      make: async () => {
        await changed.call('down', {});
        await sleep(forMs);
        const asked = Date.now();
        await changed.call('up', {});
        return asked;
      },
    };
  },
];

async function restored({ changed, lan, defaultRoute }: Site): Promise<number> {
  if (defaultRoute) await lan.addDefaultRoutes(changed.machine);
  return Date.now();
}
