import { describe, expect, it } from 'vitest';
import { Failure } from '../shared/errors.js';
import { nativeFailure } from './native.js';

describe('nativeFailure', () => {
  it('keeps the code and says what follows from it', () => {
    expect(nativeFailure(new Error('tun-unavailable: No such file or directory'))).toMatchObject({
      code: 'tun-unavailable',
      message: expect.stringMatching(/^Rayfish cannot make its tunnel device: No such file or directory\./) as string,
    });
  });

  it('takes what it does not know for a bug', () => {
    expect(nativeFailure(new Error('closed: the data plane was closed')).code).toBe('internal');
    expect(nativeFailure(new Error('Panic at dawn')).code).toBe('internal');
    expect(nativeFailure('thrown').message).toContain('thrown');
  });

  it('leaves a failure as it is', () => {
    const failure = new Failure('peer-offline', 'Away.');
    expect(nativeFailure(failure)).toBe(failure);
  });
});
