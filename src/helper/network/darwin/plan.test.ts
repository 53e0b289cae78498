import { describe, expect, it } from 'vitest';
import { wish as linuxWish } from '../wish.test-support.js';
import { plan, removal, type Command } from './plan.js';
import { parseHost } from './state.js';

const wish = { ...linuxWish, tun: { name: 'utun4', mtu: 1280, segments: 50 } };
const fresh = 'utun4: flags=8010<POINTOPOINT,MULTICAST> mtu 1500\n';

function lines(commands: Command[]): string[] {
  return commands.map(({ command, args }) => [command, ...args].join(' '));
}

const backstops = [
  'route -n delete -inet6 -net 200::/7 ::1 -reject',
  'route -n add -inet6 -net 200::/7 ::1 -reject',
  'route -n delete -inet -net 100.64.0.0/10 127.0.0.1 -reject',
  'route -n add -inet -net 100.64.0.0/10 127.0.0.1 -reject',
];
const routes = [
  'route -n delete -inet6 -net 200::/8 -interface utun4',
  'route -n add -inet6 -net 200::/8 -interface utun4',
  'route -n delete -inet6 -net 300::/8 -interface utun4',
  'route -n add -inet6 -net 300::/8 -interface utun4',
  'route -n delete -inet -net 100.64.0.0/11 -interface utun4',
  'route -n add -inet -net 100.64.0.0/11 -interface utun4',
  'route -n delete -inet -net 100.96.0.0/11 -interface utun4',
  'route -n add -inet -net 100.96.0.0/11 -interface utun4',
  'route -n delete -inet6 -host 2ab:1::5 -interface lo0',
  'route -n add -inet6 -host 2ab:1::5 -interface lo0',
  'route -n delete -inet -host 100.90.1.2 -interface lo0',
  'route -n add -inet -host 100.90.1.2 -interface lo0',
];

describe('plan', () => {
  it('on a fresh device: backstops, addresses around the link, then every route deleted and added', () => {
    expect(lines(plan(parseHost(fresh, []), wish))).toEqual([
      ...backstops,
      'ifconfig utun4 mtu 1280',
      'ifconfig utun4 inet 100.90.1.2 100.64.0.1 netmask 255.192.0.0',
      'ifconfig utun4 up',
      'ifconfig utun4 inet6 2ab:1::5 prefixlen 128',
      ...routes,
    ]);
  });

  const configured = (flags: string): string => `utun4: flags=1<${flags}> mtu 1280
	inet 100.90.1.2 --> 100.64.0.1 netmask 0xffc00000
	inet6 2ab:1::5 prefixlen 128
`;
  const table = `200::/7 ::1 UGRS lo0
100.64/10 127.0.0.1 UGSR lo0
200::/8 utun4 USc utun4
300::/8 utun4 USc utun4
100.64/11 utun4 USc utun4
100.96/11 utun4 USc utun4
2ab:1::5 lo0 UHS lo0
100.90.1.2 lo0 UHS lo0
`;

  it('has nothing to do when all is as wished', () => {
    expect(plan(parseHost(configured('UP,POINTOPOINT,RUNNING'), [table]), wish)).toEqual([]);
  });

  it('adds the IPv6 address and every route again at each up, whatever seems to be there', () => {
    expect(lines(plan(parseHost(configured('POINTOPOINT'), [table]), wish))).toEqual([
      'ifconfig utun4 up',
      'ifconfig utun4 inet6 2ab:1::5 prefixlen 128',
      ...routes,
    ]);
  });

  it('puts back the one route somebody deleted', () => {
    const damaged = table.replace('300::/8 utun4 USc utun4\n', '');
    expect(lines(plan(parseHost(configured('UP,POINTOPOINT,RUNNING'), [damaged]), wish))).toEqual([
      'route -n delete -inet6 -net 300::/8 -interface utun4',
      'route -n add -inet6 -net 300::/8 -interface utun4',
    ]);
  });

  it('in standby takes the link down and keeps the backstops', () => {
    const host = parseHost(configured('UP,POINTOPOINT,RUNNING'), []);
    expect(lines(plan(host, { ...wish, link: 'down' }))).toEqual([...backstops, 'ifconfig utun4 down']);
  });

  it('IPv6-only gives 100.64.0.0/10 free', () => {
    const host = parseHost(configured('UP,POINTOPOINT,RUNNING'), [table]);
    expect(lines(plan(host, { ...wish, ipv6Only: true }))).toEqual([
      'route -n delete -inet -net 100.64.0.0/10 127.0.0.1 -reject',
      'ifconfig utun4 inet 100.90.1.2 delete',
      'ifconfig utun4 inet 100.90.1.2 100.90.1.2 netmask 255.255.255.255',
      'route -n delete -inet -net 100.64.0.0/11 -interface utun4',
      'route -n delete -inet -net 100.96.0.0/11 -interface utun4',
    ]);
  });

  it('routes the peers where another interface holds 200::/7', () => {
    const ygg = `${fresh}utun9: flags=1<UP,POINTOPOINT> mtu 1500\n\tinet6 201::1 prefixlen 7\n`;
    const commands = lines(plan(parseHost(ygg, []), wish));
    expect(commands).toContain('route -n add -inet6 -host 222::7 -interface utun4');
    expect(commands.filter((line) => line.includes('200::/'))).toEqual([]);
  });
});

describe('going back', () => {
  it('takes the whole range once nobody else holds it', () => {
    const host = parseHost(fresh.replace('POINTOPOINT', 'UP,POINTOPOINT'), ['222::7 utun4 UHS utun4\n']);
    const commands = lines(plan(host, wish));
    expect(commands).toContain('route -n add -inet6 -net 200::/8 -interface utun4');
    expect(commands.at(-1)).toBe('route -n delete -inet6 -host 222::7 -interface utun4');
  });
});

describe('removal', () => {
  it('takes away backstops and self routes', () => {
    expect(lines(removal(wish))).toEqual([
      'route -n delete -inet -net 100.64.0.0/10 127.0.0.1 -reject',
      'route -n delete -inet6 -net 200::/7 ::1 -reject',
      'route -n delete -inet -host 100.90.1.2 -interface lo0',
      'route -n delete -inet6 -host 2ab:1::5 -interface lo0',
    ]);
  });
});
