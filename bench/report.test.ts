import { expect, test } from 'vitest';
import { report } from './report.js';
import { made } from './results.test-support.js';

test('every figure is the median of its rounds, and a ratio is ours over theirs', () => {
  const results = made({
    base: {
      ours: [{ tcp1Mbps: 3000 }, { tcp1Mbps: 100 }, { tcp1Mbps: 4000 }],
      'wireguard-go': [{ tcp1Mbps: 1000 }, { tcp1Mbps: 1500 }, { tcp1Mbps: 2000 }],
    },
  });
  const { ours, contenders, ratios } = report(results);
  expect(ours).toEqual({ tcp1Mbps: 3000 });
  expect(contenders['wireguard-go']).toEqual({ tcp1Mbps: 1500 });
  expect(ratios['wireguard-go']).toEqual({ tcp1: 2 });
});

test('round trips under load are one object, and other rows lie below their own keys', () => {
  const results = made({
    base: { ours: [{ loadedRttAvgMs: 1, loadedRttP99Ms: 2, loadedRttMaxMs: 3 }] },
    delay: { ours: [{ tcp1Mbps: 500 }] },
    eight: { ours: [{ onePeerMbps: 1000, eightPeersMbps: 950 }] },
  });
  expect(report(results).ours).toEqual({
    loadedRttMs: { avg: 1, p99: 2, max: 3 },
    delay50ms: { tcp1Mbps: 500 },
    eightPeers: { onePeerMbps: 1000, eightPeersMbps: 950 },
  });
});

test('whoever does not take part is listed with the reason', () => {
  expect(report(made({})).contenders['gone']).toEqual({ error: 'it cannot be had' });
});

test('what could not be measured is said beside what could', () => {
  const results = made({ base: { tinc: [{ tcp1Mbps: 100 }] } });
  results.samples[0]?.problems.push('udp: nothing arrived');
  results.samples.push({ round: 2, contender: 'tinc', row: 'base', measured: {}, problems: ['udp: nothing arrived'] });
  expect(report(results).contenders['tinc']).toEqual({ tcp1Mbps: 100, error: 'base: udp: nothing arrived' });
});
