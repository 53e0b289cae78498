import { describe, expect, it } from 'vitest';
import { hasRoute, isOnline } from './online.js';

const at = (address: string, mac = '52:54:00:12:34:56'): { address: string; internal: boolean; mac: string } => ({
  address,
  internal: address === '127.0.0.1',
  mac,
});
const none = '00:00:00:00:00:00';

const itself = { lo: [at('127.0.0.1', none)], rayfish0: [at('100.64.7.9', none), at('219::1', none)] };
const modem = { wwan0: [at('100.101.7.9', none)] };
const tailscale = { tailscale0: [at('100.90.1.2', none), at('fd7a:115c:a1e0::1', none)] };

describe('isOnline', () => {
  it.each([
    ['a home network', { eth0: [at('192.168.1.20')] }, false, true],
    ['IPv6 alone', { wlan0: [at('fe80::1'), at('2001:db8::7')] }, true, true],
    ['a modem in a carrier’s range', modem, true, true],
    ['nothing but itself and the tunnel', {}, true, false],
    ['a cable that leads nowhere', { eth0: [at('169.254.3.4'), at('FE80::1')] }, false, false],
    ['another VPN over a network', { ...tailscale, wlan0: [at('192.168.1.20')] }, true, true],
    ['another VPN whose network is gone', tailscale, false, false],
  ])('with %s', async (_, interfaces, leadsOn, online) => {
    expect(await isOnline({ ...itself, ...interfaces }, 'rayfish0', () => Promise.resolve(leadsOn))).toBe(online);
  });
});

describe('hasRoute', () => {
  it('asks the kernel', async () => {
    expect(await hasRoute('127.0.0.1')).toBe(true);
    // Refused to who did not ask for broadcasts.
    expect(await hasRoute('255.255.255.255')).toBe(false);
  });
});
