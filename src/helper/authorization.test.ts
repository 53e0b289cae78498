import { describe, expect, it } from 'vitest';
import { assertPermitted, levelOf, mayDo, visibleStatus } from './authorization.js';
import { someStatus } from './status.test-support.js';

describe('levelOf', () => {
  const operators = { has: (uid: number) => uid === 1000 };

  it('knows root, operators and everybody else', () => {
    expect(levelOf(0, operators)).toBe('root');
    expect(levelOf(1000, operators)).toBe('operator');
    expect(levelOf(1001, operators)).toBe('anyone');
    expect(levelOf(65534, operators)).toBe('anyone');
  });
});

describe('mayDo', () => {
  it('goes upwards only', () => {
    const levels = ['anyone', 'operator', 'root'] as const;
    const allowed = levels.map((level) => levels.map((needed) => mayDo(level, needed)));
    expect(allowed).toEqual([
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
  });
});

describe('assertPermitted', () => {
  it('says what to do', () => {
    expect(() => {
      assertPermitted('anyone', 'up');
    }).toThrow(/root and the operators/);
  });
});

describe('visibleStatus', () => {
  it('leaves out of a stranger’s view what is the owner’s business, and nothing else', () => {
    const status = someStatus();
    expect(visibleStatus(status, 'operator')).toEqual(status);
    const [peer] = status.peers;
    expect(visibleStatus(status, 'anyone')).toEqual({
      ...status,
      requests: [],
      peers: [{ ...peer, path: { ...peer?.path, remote: null }, problem: null }],
    });
  });
});
