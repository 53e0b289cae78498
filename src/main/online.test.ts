import { describe, expect, it } from 'vitest';
import { isOnline } from './online.js';

const at = (address: string, internal = false): { address: string; internal: boolean } => ({ address, internal });

describe('isOnline', () => {
  it.each([
    ['a home network', { eth0: [at('192.168.1.20')] }, true],
    ['IPv6 alone', { wlan0: [at('fe80::1'), at('2001:db8::7')] }, true],
    ['a modem in a carrier’s range', { wwan0: [at('100.101.7.9')] }, true],
    ['nothing but itself', { lo: [at('127.0.0.1', true)] }, false],
    ['nothing but the tunnel', { lo: [at('127.0.0.1', true)], rayfish0: [at('100.64.7.9'), at('219::1')] }, false],
    ['a cable that leads nowhere', { eth0: [at('169.254.3.4'), at('FE80::1')] }, false],
  ])('with %s', (_, interfaces, online) => {
    expect(isOnline(interfaces, 'rayfish0')).toBe(online);
  });
});
