/** A wish for tests: a tunnel that is up, both families, one peer. */
import type { NetworkWish } from './network.js';

export const wish: NetworkWish = {
  tun: { name: 'rayfish0', mtu: 1280, segments: 50 },
  link: 'up',
  ipv4: '100.90.1.2',
  ipv6: '2ab:1::5',
  ipv6Only: false,
  peers6: ['222::7'],
  ports: [],
  instance: 7,
};
