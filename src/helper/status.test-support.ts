/** A status for tests, of which only the parts that matter need saying. */
import type { PeerStatus, Status } from '../shared/status.js';

export function someStatus(parts: Partial<Status> = {}): Status {
  return {
    state: 'up',
    failure: null,
    wish: 'up',
    version: '0.1.0',
    nodeId: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    name: 'castle',
    ipv4: '100.80.65.47',
    ipv6: '218:c5b1:bf57:7961:21a7:f9:52b0:db57',
    tun: { name: 'rayfish0', mtu: 1280 },
    ipv6Only: false,
    ports: [45820],
    warnings: [],
    requests: [{ id: 'stranger', name: 'eve', at: '2026-01-02T03:04:05.000Z' }],
    drops: {},
    peers: [somePeer()],
    ...parts,
  };
}

export function somePeer(parts: Partial<PeerStatus> = {}): PeerStatus {
  return {
    id: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    name: 'bob',
    named: true,
    claimedName: 'bob',
    state: 'connected',
    ipv4: '100.101.125.124',
    ipv6: '217:d51f:296b:b70a:6cbf:2922:2465:18db',
    allow: 'everything',
    path: { kind: 'direct', carrier: 'quic', carrierReason: '', remote: '192.0.2.9:45820', rttMs: 1 },
    txBytes: 0,
    rxBytes: 0,
    drops: 0,
    lastSeen: null,
    problem: 'Something in the way.',
    ...parts,
  };
}
