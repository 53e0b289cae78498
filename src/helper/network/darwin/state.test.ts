import { describe, expect, it } from 'vitest';
import { surveyOf } from '../survey.js';
import { parseHost } from './state.js';

const ifconfig = `lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384
	options=1203<RXCSUM,TXCSUM,TXSTATUS,SW_TIMESTAMP>
	inet 127.0.0.1 netmask 0xff000000
	inet6 ::1 prefixlen 128
	inet6 fe80::1%lo0 prefixlen 64 scopeid 0x1
en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	ether a4:83:e7:00:00:01
	inet6 fe80::1c0d:1%en0 prefixlen 64 secured scopeid 0x4
	inet 192.168.1.5 netmask 0xffffff00 broadcast 192.168.1.255
	inet6 2001:db8::5 prefixlen 64 autoconf secured
	inet6 2001:db8::6 prefixlen 64 deprecated autoconf temporary
	status: active
en5: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500
	inet 10.0.0.1 netmask 0xff000000 broadcast 10.255.255.255
	status: inactive
utun3: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1280
	inet 100.101.102.103 --> 100.101.102.103 netmask 0xffffffff
utun4: flags=8010<POINTOPOINT,MULTICAST> mtu 1280
	inet 100.90.1.2 --> 100.64.0.1 netmask 0xffc00000
`;

const netstat = `Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            192.168.1.1        UGScg                 en0
100.64/10          127.0.0.1          UGSR                  lo0
100.96/11          utun4              USc                 utun4
127                127.0.0.1          UCS                   lo0
192.168.1.5/32     link#4             UCS                   en0

Internet6:
Destination        Gateway            Flags               Netif Expire
200::/7            ::1                UGRS                  lo0
200::/8            utun4              USc                 utun4
fe80::%en0/64      link#4             UCI                   en0
`;

describe('parseHost', () => {
  const host = parseHost(ifconfig, [netstat]);

  it('reads interfaces with state, size and addresses', () => {
    expect(host.interfaces.map(({ name, up, running, mtu, internal }) => [name, up, running, mtu, internal])).toEqual([
      ['lo0', true, true, 16384, true],
      ['en0', true, true, 1500, false],
      ['en5', true, false, 1500, false],
      ['utun3', true, true, 1280, true],
      ['utun4', false, false, 1280, true],
    ]);
    expect(host.interfaces[4]?.addresses).toEqual([
      { family: 4, address: '100.90.1.2', length: 10, peer: '100.64.0.1', hostOnly: false, usable: true },
    ]);
  });

  it('reads routes, writing shortened destinations in full', () => {
    expect(host.table.map(({ destination, interface: name, reject }) => [destination, name, reject])).toEqual([
      ['default', 'en0', false],
      ['100.64.0.0/10', 'lo0', true],
      ['100.96.0.0/11', 'utun4', false],
      ['127.0.0.0/8', 'lo0', false],
      ['192.168.1.5/32', 'en0', false],
      ['200::/7', 'lo0', true],
      ['200::/8', 'utun4', false],
      ['fe80::/64', 'en0', false],
    ]);
  });

  it('serves the survey: the conflict, and the interfaces that lead to others', () => {
    const survey = surveyOf(host, 'utun4');
    expect(survey.cgnat).toEqual([{ interface: 'utun3', address: '100.101.102.103' }]);
    expect(survey.overlayIpv6).toEqual([]);
    expect(survey.lan).toEqual([{ name: 'en0', ipv4: ['192.168.1.5'], ipv6: ['2001:db8::5'] }]);
  });
});
