import { describe, expect, it } from 'vitest';
import { wish } from '../wish.test-support.js';
import { backstopRemoval, markOf } from './backstops.js';
import { plan } from './plan.js';
import type { LinuxHost, LinuxInterface } from './state.js';
import type { Step } from './step.js';

const mark = String(markOf(7));

function device(changes: Partial<LinuxInterface> = {}): LinuxInterface {
  return {
    name: 'rayfish0',
    index: 3,
    up: false,
    running: false,
    mtu: 1280,
    segments: 50,
    internal: true,
    sibling: true,
    alias: 'rayfish-desktop',
    addressGeneration: 'none',
    addresses: [],
    ...changes,
  };
}

function host(changes: Partial<LinuxHost> = {}): LinuxHost {
  return { interfaces: [device()], routes: [], table: [], rules: [], withoutIpv6: null, ...changes };
}

function commands(steps: Step[]): string[] {
  return steps.map(({ family, args }) => [...(family === null ? [] : [`-${family}`]), ...args].join(' '));
}

const backstops6 = [
  `-6 route add unreachable 200::/7 metric ${mark} table main`,
  `-6 route add unreachable 200::/7 metric ${mark} table ${mark}`,
  `-6 rule add pref 1107 from 2ab:1::5 to 200::/7 lookup ${mark}`,
  '-6 rule add pref 3107 from all to 200::/7 lookup main',
];
const backstops4 = [
  `-4 route add unreachable 100.64.0.0/10 metric ${mark} table main`,
  '-4 rule add pref 3107 from all to 100.64.0.0/10 lookup main',
];

describe('plan', () => {
  it('on a fresh device: backstops, then link, then IPv6 address, then IPv6 routes', () => {
    const fresh = device({ mtu: 1500, segments: 65_535, alias: null, addressGeneration: 'eui64' });
    expect(commands(plan(host({ interfaces: [fresh] }), wish))).toEqual([
      'link set dev rayfish0 alias rayfish-desktop',
      'link set dev rayfish0 mtu 1280',
      'link set dev rayfish0 gso_max_segs 50',
      'link set dev rayfish0 addrgenmode none',
      ...backstops4,
      '-4 address add 100.90.1.2 peer 100.64.0.1/10 dev rayfish0',
      ...backstops6,
      'link set dev rayfish0 up',
      '-6 address replace 2ab:1::5/128 dev rayfish0 nodad',
      `-6 route add unicast 200::/7 dev rayfish0 metric 1024 table ${mark}`,
      '-6 route add unicast 200::/7 dev rayfish0 metric 1024 table main',
    ]);
  });

  it('in standby has backstops and no route into the device', () => {
    expect(commands(plan(host(), { ...wish, link: 'down' }))).toEqual([
      ...backstops4,
      '-4 address add 100.90.1.2 peer 100.64.0.1/10 dev rayfish0',
      ...backstops6,
    ]);
  });

  it('without a device has backstops only', () => {
    expect(commands(plan(host({ interfaces: [] }), { ...wish, tun: null }))).toEqual([...backstops4, ...backstops6]);
  });

  it('IPv6-only touches nothing of 100.64.0.0/10 but an address for this host alone', () => {
    const four = commands(plan(host(), { ...wish, ipv6Only: true })).filter((line) => line.includes('100.'));
    expect(four).toEqual(['-4 address add 100.90.1.2/32 scope host dev rayfish0']);
  });

  it('turning IPv6-only takes the routed address, the rule and the backstop away', () => {
    const routed = { family: 4, address: '100.90.1.2', length: 10, peer: '100.64.0.1' } as const;
    const before = host({
      interfaces: [device({ addresses: [{ ...routed, hostOnly: false, usable: true }] })],
      table: [
        {
          family: 4,
          type: 'unreachable',
          destination: '100.64.0.0/10',
          interface: null,
          table: 'main',
          metric: markOf(7),
        },
      ],
      rules: [{ family: 4, preference: 3107, from: 'all', to: '100.64.0.0/10', port: null, table: 'main' }],
    });
    const lines = commands(plan(before, { ...wish, ipv6Only: true })).filter((line) => line.startsWith('-4'));
    expect(lines).toEqual([
      '-4 rule delete pref 3107 from all to 100.64.0.0/10 lookup main',
      `-4 route delete unreachable 100.64.0.0/10 metric ${mark} table main`,
      '-4 address delete 100.90.1.2 peer 100.64.0.1/10 dev rayfish0',
      '-4 address add 100.90.1.2/32 scope host dev rayfish0',
    ]);
  });

  it('routes the peers where another interface holds 200::/7', () => {
    const foreign = { destination: '200::/7', interface: 'ygg0' };
    const held = host({
      interfaces: [device(), device({ name: 'ygg0', index: 9, sibling: false })],
      routes: [foreign],
    });
    expect(commands(plan(held, wish)).slice(-2)).toEqual([
      `-6 route add unicast 200::/7 dev rayfish0 metric 1024 table ${mark}`,
      '-6 route add unicast 222::7 dev rayfish0 metric 1024 table main',
    ]);
  });

  it('leaves IPv6 alone where the kernel has none', () => {
    const without = host({ interfaces: [device({ addressGeneration: null })], withoutIpv6: 'not supported' });
    expect(commands(plan(without, wish))).toEqual([
      ...backstops4,
      '-4 address add 100.90.1.2 peer 100.64.0.1/10 dev rayfish0',
      'link set dev rayfish0 up',
    ]);
  });
});

describe('backstopRemoval', () => {
  it('finds what an instance left, and nothing of others', () => {
    const unreachable = { family: 6, type: 'unreachable', destination: '200::/7', interface: 'lo' } as const;
    const left = host({
      table: [
        { ...unreachable, table: 'main', metric: markOf(7) },
        { ...unreachable, table: 'main', metric: markOf(8) },
        { ...unreachable, table: mark, metric: markOf(7) },
        { ...unreachable, type: 'unicast', interface: 'rayfish0', table: mark, metric: 1024 },
      ],
      rules: [
        { family: 6, preference: 1107, from: '2ab:1::5', to: '200::/7', port: null, table: mark },
        { family: 6, preference: 3107, from: 'all', to: '200::/7', port: null, table: 'main' },
        { family: 6, preference: 3108, from: 'all', to: '200::/7', port: null, table: 'main' },
        { family: 4, preference: 1107, from: 'all', to: 'all', port: 45820, table: 'main' },
        { family: 4, preference: 1108, from: 'all', to: 'all', port: 45821, table: 'main' },
        { family: 6, preference: 5270, from: 'all', to: 'all', port: null, table: '52' },
      ],
    });
    expect(commands(backstopRemoval(left, 7))).toEqual([
      '-4 rule delete pref 1107 from all to all ipproto 17 sport 45820 lookup main suppress_prefixlength 0',
      `-6 rule delete pref 1107 from 2ab:1::5 to 200::/7 lookup ${mark}`,
      '-6 rule delete pref 3107 from all to 200::/7 lookup main',
      `-6 route delete unreachable 200::/7 metric ${mark} table main`,
      `-6 route delete unreachable 200::/7 metric ${mark} table ${mark}`,
      `-6 route delete unicast 200::/7 dev rayfish0 metric 1024 table ${mark}`,
    ]);
  });
});

describe('markOf', () => {
  it('stays within what the kernel takes as metric and table', () => {
    for (const instance of [0, 7, 0xdeadbeef, 0xffffffff]) {
      expect(markOf(instance)).toBeGreaterThanOrEqual(0xf0000000);
      expect(markOf(instance)).toBeLessThan(0xffffffff);
    }
  });
});
