import { describe, expect, it } from 'vitest';
import { cargoTally, one, settled, skipped, sum, vitestTally } from './tally.mjs';

describe('vitestTally', () => {
  const report = (...files: { status: string; assertionResults: { fullName: string; status: string }[] }[]) =>
    JSON.stringify({ testResults: files });

  it('counts tests and names the skipped ones', () => {
    const passed = { fullName: 'adds', status: 'passed' };
    const failed = { fullName: 'subtracts', status: 'failed' };
    const left = { fullName: 'divides', status: 'skipped' };
    expect(vitestTally(report({ status: 'failed', assertionResults: [passed, failed, left] }))).toEqual({
      passed: 1,
      failed: 1,
      skipped: [{ name: 'divides', reason: 'marked skipped in the code' }],
    });
  });

  it('counts a file that cannot be loaded as one failure', () => {
    expect(vitestTally(report({ status: 'failed', assertionResults: [] }))).toMatchObject({ passed: 0, failed: 1 });
  });

  it('is nothing where the report is no report', () => {
    expect(vitestTally('')).toBeNull();
  });
});

describe('cargoTally', () => {
  it('adds up every test program of the crate', () => {
    const output = [
      'test packet::tests::reads ... ok',
      'test tun::tests::opens ... ignored, needs a device',
      'test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s',
      'test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s',
    ].join('\n');
    expect(cargoTally(output)).toEqual({
      passed: 4,
      failed: 2,
      skipped: [{ name: 'tun::tests::opens', reason: 'needs a device' }],
    });
  });

  it('is nothing where the crate did not compile', () => {
    expect(cargoTally('error: could not compile `rayfish-native`')).toBeNull();
  });
});

describe('settled', () => {
  it('keeps the failures a report names', () => {
    expect(settled({ passed: 5, failed: 2, skipped: [] }, false)).toMatchObject({ passed: 5, failed: 2 });
  });

  it('counts a bad end that no report explains, and a good end without a report, as a failure', () => {
    expect(settled({ passed: 5, failed: 0, skipped: [] }, false)).toMatchObject({ passed: 5, failed: 1 });
    expect(settled(null, true)).toMatchObject({ passed: 0, failed: 1 });
  });
});

describe('sum', () => {
  it('adds counts and keeps every reason', () => {
    expect(sum([one(true), one(false), skipped('a', 'b')])).toEqual({
      passed: 1,
      failed: 1,
      skipped: [{ name: 'a', reason: 'b' }],
    });
  });
});
