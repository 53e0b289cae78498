import { expect, test } from 'vitest';
import { decisiveRounds, verdicts, type Verdict } from './bars.js';
import type { Measured } from './figures.js';
import { made, type Rounds } from './results.test-support.js';

/** The same in every round. */
function often(measured: Measured): Rounds {
  return Array<Measured>(decisiveRounds).fill(measured);
}

function verdict(of: readonly Verdict[], what: string): Verdict | undefined {
  return of.find((one) => one.what === what);
}

test('a bar holds at its limit and not below', () => {
  const at = (mbps: number): Verdict | undefined =>
    verdict(
      verdicts(made({ base: { ours: often({ tcp1Mbps: mbps }), 'wireguard-go': often({ tcp1Mbps: 1000 }) } })),
      'TCP, 1 stream / wireguard-go',
    );
  expect(at(2000)).toMatchObject({ limit: '≥ 2', value: 2, passed: true });
  expect(at(1999)).toMatchObject({ passed: false });
});

test('a cost passes below its limit', () => {
  const base = { ours: often({ cpuSecondsPerGB: 2 }), 'wireguard-go': often({ cpuSecondsPerGB: 5 }) };
  expect(verdict(verdicts(made({ base })), 'CPU seconds per GB / wireguard-go')).toMatchObject({
    limit: '≤ 0.5',
    value: 0.4,
    passed: true,
  });
});

test('what was not measured has not passed', () => {
  const judged = verdicts(made({}));
  expect(judged.length).toBeGreaterThan(20);
  expect(judged.every(({ passed, value }) => !passed && value === undefined)).toBe(true);
});

test('what was not measured often enough has not passed, whatever it came to', () => {
  const base = { ours: often({ tcp1Mbps: 9000 }), 'wireguard-go': [{ tcp1Mbps: 1000 }] };
  const judged = verdict(verdicts(made({ base })), 'TCP, 1 stream / wireguard-go');
  expect(judged).toMatchObject({ value: 9, samples: 1, passed: false });
});

test('two figures of one play are compared play by play, of ten plays that have both', () => {
  const five = [
    { onePeerMbps: 9000, eightPeersMbps: 9000 },
    { onePeerMbps: 8000, eightPeersMbps: 8000 },
    { onePeerMbps: 2000, eightPeersMbps: 2000 },
    { onePeerMbps: 7000, eightPeersMbps: 1000 },
    { onePeerMbps: 1000, eightPeersMbps: 1000 },
  ];
  const judged = (eight: Rounds): Verdict | undefined =>
    verdict(verdicts(made({ eight: { ours: eight } })), 'TCP to 8 peers at once / to one');
  expect(judged([...five, ...five])).toMatchObject({ value: 1, samples: 10, passed: true });
  const halves = [{ onePeerMbps: 1000 }, { eightPeersMbps: 1000 }, { onePeerMbps: 0, eightPeersMbps: 1000 }];
  expect(judged([...five, ...halves, ...five.slice(1)])).toMatchObject({ value: 1, samples: 9, passed: false });
});

test('who loses echoes under load does not pass for quick', () => {
  const judged = (loadedLostPct: number): Verdict | undefined => {
    const base = { ours: often({ loadedLostPct }), 'wireguard-go': often({ loadedLostPct: 0.5 }) };
    return verdict(verdicts(made({ base })), 'echoes lost under load, points of % beyond wireguard-go');
  };
  expect(judged(1.5)).toMatchObject({ value: 1, passed: true });
  expect(judged(2)).toMatchObject({ passed: false });
});

test('QUIC alone is ours with the fast path off', () => {
  const theirs = { 'wireguard-go': often({ tcp1Mbps: 1000 }) };
  const what = 'QUIC alone, TCP, 1 stream / wireguard-go';
  const both = { ours: often({ tcp1Mbps: 4000 }), oursQuic: often({ tcp1Mbps: 900 }), ...theirs };
  expect(verdict(verdicts(made({ base: both })), what)).toMatchObject({ value: 0.9, passed: true });
  const alone = { ours: often({ tcp1Mbps: 4000 }), ...theirs };
  expect(verdict(verdicts(made({ base: alone })), what)?.value).toBeUndefined();
});
