import { describe, expect, it } from 'vitest';
import { diskFailure } from './disk.js';

describe('a disk that cannot take it', () => {
  it.each([
    ['ENOSPC', 'is full'],
    ['EROFS', 'is read-only'],
  ])('%s is said in words', (code, words) => {
    expect(diskFailure(Object.assign(new Error('write'), { code }), '/opt/x')).toMatchObject({
      code: 'service-failed',
      message: expect.stringContaining(`/opt/x ${words}.`) as string,
    });
  });

  it('is not to blame for anything else', () => {
    const error = Object.assign(new Error('no'), { code: 'EACCES' });
    expect(diskFailure(error, '/opt/x')).toBe(error);
  });
});
