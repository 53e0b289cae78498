import { describe, expect, it } from 'vitest';
import { isOverlayAddress, overlayAddresses } from './overlay-address.js';

// Known answers computed apart from this code: FNV-1a in python3, BLAKE3 by the PyPI package `blake3`.
const zeros = '0'.repeat(56);

describe('overlayAddresses', () => {
  it.each([
    [
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '100.80.65.47',
      '218:c5b1:bf57:7961:21a7:f9:52b0:db57',
    ],
    [
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '100.101.125.124',
      '217:d51f:296b:b70a:6cbf:2922:2465:18db',
    ],
    [
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      '100.75.198.246',
      '29a:a508:880f:1837:9bfb:5df0:59:43d5',
    ],
  ])('derives the addresses of %s', (id, ipv4, ipv6) => {
    expect(overlayAddresses(id)).toEqual({ ipv4, ipv6 });
  });

  it('moves hash values 0 and 1 off the network and the device destination', () => {
    expect(overlayAddresses(`${zeros}0003bf53`).ipv4).toBe('100.64.0.2');
    expect(overlayAddresses(`${zeros}017160a4`).ipv4).toBe('100.64.0.3');
  });

  it('hashes again, index appended, instead of handing out the reserved address', () => {
    expect(overlayAddresses(`${zeros}00103820`).ipv4).toBe('100.73.114.76');
  });

  it('writes a single zero group as systems report it', () => {
    expect(overlayAddresses(`${zeros}00001bef`).ipv6).toBe('228:761c:0:56d3:3622:7f8e:14dc:8fb5');
  });
});

describe('isOverlayAddress', () => {
  it.each(['100.64.0.0', '100.127.255.255', '200::', '2ff::1', '3ff:ffff::1', '200::1'])('%s is one', (address) => {
    expect(isOverlayAddress(address)).toBe(true);
  });

  it.each(['100.63.255.255', '100.128.0.0', '10.64.0.1', '1ff::1', '400::1', '2001:db8::1', 'fe80::1', '::1', '::'])(
    '%s is none',
    (address) => {
      expect(isOverlayAddress(address)).toBe(false);
    },
  );
});
