import { describe, expect, it } from 'vitest';
import {
  cgnatFailure,
  cgnatWarning,
  findCgnatConflicts,
  findOverlayIpv6Conflicts,
  isCgnat,
  isOverlayIpv6,
  overlayIpv6Warning,
} from './cgnat.js';
import type { Host, HostAddress, HostInterface } from './host.js';

function address(text: string, changes: Partial<HostAddress> = {}): HostAddress {
  const [only = '', length = text.includes(':') ? '128' : '32'] = text.split('/');
  const family = text.includes(':') ? 6 : 4;
  return { family, address: only, length: Number(length), peer: null, hostOnly: false, usable: true, ...changes };
}

function device(name: string, addresses: HostAddress[], changes: Partial<HostInterface> = {}): HostInterface {
  const common = { index: 5, up: true, running: true, mtu: 1500, internal: false, sibling: false };
  return { name, addresses, ...common, ...changes };
}

function host(interfaces: HostInterface[], routes: Host['routes'] = []): Host {
  return { interfaces, routes };
}

describe('isCgnat', () => {
  it.each(['100.64.0.0', '100.64.0.1', '100.100.100.100', '100.127.255.255'])('%s is in', (text) => {
    expect(isCgnat(text)).toBe(true);
  });
  it.each(['100.63.255.255', '100.128.0.0', '99.64.0.1', '101.64.0.1', '100.64.0', '100.64.0.0/10', '::1', ''])(
    '%j is out',
    (text) => {
      expect(isCgnat(text)).toBe(false);
    },
  );
});

describe('isOverlayIpv6', () => {
  it.each(['200::', '200::1', '2ab:1::5', '3ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'])('%s is in', (text) => {
    expect(isOverlayIpv6(text)).toBe(true);
  });
  it.each(['1ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '400::', '2001::1', '::200', '2.0.0.1', '200::/7'])(
    '%s is out',
    (text) => {
      expect(isOverlayIpv6(text)).toBe(false);
    },
  );
});

describe('findCgnatConflicts', () => {
  it('names a foreign interface with its address, and not our own', () => {
    const interfaces = [
      device('rayfish0', [address('100.90.1.2/10')]),
      device('eth0', [address('192.168.1.2/24'), address('100.63.0.1')]),
      device('tailscale0', [address('100.101.102.103')]),
    ];
    const found = [{ interface: 'tailscale0', address: '100.101.102.103' }];
    expect(findCgnatConflicts(host(interfaces), 'rayfish0')).toEqual(found);
    // Before there is a device of ours, whoever has an address is foreign.
    expect(findCgnatConflicts(host(interfaces), null)).toHaveLength(2);
  });

  it('sees an interface that is down, and one that has only a route there', () => {
    const interfaces = [device('wwan0', [address('100.70.0.1/30')], { up: false }), device('wg0', [])];
    const routes = [
      { destination: '100.64.0.0/12', interface: 'wg0' },
      { destination: '100.0.0.0/8', interface: 'wg0' },
    ];
    expect(findCgnatConflicts(host(interfaces, routes), 'rayfish0')).toEqual([
      { interface: 'wwan0', address: '100.70.0.1' },
      { interface: 'wg0', address: '100.64.0.0/12' },
    ]);
  });

  it('leaves routes that contain the range alone: ours is more specific', () => {
    const routes = [
      { destination: '100.0.0.0/8', interface: 'eth0' },
      { destination: 'default', interface: 'eth0' },
    ];
    expect(findCgnatConflicts(host([device('eth0', [])], routes), null)).toEqual([]);
  });

  it('between two of our helpers the older device keeps the range', () => {
    const [older, younger] = [
      { sibling: true, index: 3 },
      { sibling: true, index: 9 },
    ];
    const both = host([
      device('rayfish0', [address('100.90.1.2/10')], older),
      device('rayfish1', [address('100.90.1.3/10')], younger),
    ]);
    expect(findCgnatConflicts(both, 'rayfish0')).toEqual([]);
    expect(findCgnatConflicts(both, 'rayfish1')).toEqual([{ interface: 'rayfish0', address: '100.90.1.2' }]);
    const unrouted = device('rayfish0', [address('100.90.1.2/32', { hostOnly: true })], older);
    expect(findCgnatConflicts(host([unrouted, device('rayfish1', [], younger)]), 'rayfish1')).toEqual([]);
  });
});

describe('findOverlayIpv6Conflicts', () => {
  it('names who holds the range or a large part, not who has one address or LAN in it', () => {
    const interfaces = [device('ygg0', [address('201:5::1/7')]), device('eth0', [address('300:1::1/64')])];
    expect(findOverlayIpv6Conflicts(host(interfaces), null)).toEqual([{ interface: 'ygg0', address: '201:5::1' }]);
    const routes = [
      { destination: '200::/8', interface: 'eth0' },
      { destination: '::/1', interface: 'eth0' },
    ];
    expect(findOverlayIpv6Conflicts(host([device('eth0', [])], routes), null)).toEqual([
      { interface: 'eth0', address: '200::/8' },
    ]);
  });
});

describe('the words', () => {
  const tailscale = { interface: 'tailscale0', address: '100.101.102.103' };

  it('say who, where, and what we did', () => {
    expect(cgnatWarning(tailscale)).toEqual({
      code: 'cgnat-conflict',
      message: 'Tailscale (tailscale0, 100.101.102.103) is using the 100.x range. We’re using IPv6 only; both work.',
      ...tailscale,
      sticky: false,
    });
    expect(cgnatWarning({ interface: 'eth1', address: '100.70.0.1' }).message).toMatch(/^Another network \(eth1, /);
    expect(overlayIpv6Warning({ interface: 'ygg0', address: '201::1' }).message).toContain('Yggdrasil (ygg0, 201::1)');
  });

  it('say what to do when IPv6-only is not wanted', () => {
    expect(cgnatFailure(tailscale)).toMatchObject({
      code: 'cgnat-conflict',
      message: expect.stringMatching(/tailscale0, 100\.101\.102\.103.*set ipv6-only to auto/) as string,
    });
  });
});
