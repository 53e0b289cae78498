import { expect, test } from 'vitest';
import { verdicts, type Verdict } from './bars.js';
import { made } from './results.test-support.js';

function verdict(of: readonly Verdict[], what: string): Verdict | undefined {
  return of.find((one) => one.what === what);
}

test('a bar holds at its limit and not below', () => {
  const at = (mbps: number): Verdict | undefined =>
    verdict(
      verdicts(made({ base: { ours: [{ tcp1Mbps: mbps }], 'wireguard-go': [{ tcp1Mbps: 1000 }] } })),
      'TCP, 1 stream / wireguard-go',
    );
  expect(at(2000)).toMatchObject({ limit: '≥ 2', value: 2, passed: true });
  expect(at(1999)).toMatchObject({ passed: false });
});

test('a cost passes below its limit', () => {
  const base = { ours: [{ cpuSecondsPerGB: 2 }], 'wireguard-go': [{ cpuSecondsPerGB: 5 }] };
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

test('QUIC alone is ours with the fast path off', () => {
  const theirs = { 'wireguard-go': [{ tcp1Mbps: 1000 }] };
  const what = 'QUIC alone, TCP, 1 stream / wireguard-go';
  const both = { ours: [{ tcp1Mbps: 4000 }], oursQuic: [{ tcp1Mbps: 900 }], ...theirs };
  expect(verdict(verdicts(made({ base: both })), what)?.value).toBe(0.9);
  const alone = { ours: [{ tcp1Mbps: 700 }], ...theirs };
  expect(verdict(verdicts(made({ base: alone })), what)?.value).toBeUndefined();
  expect(verdict(verdicts(made({ base: alone }, 'oursQuic')), what)?.value).toBe(0.7);
});
