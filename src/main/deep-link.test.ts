import { describe, expect, it } from 'vitest';
import { deepLinkAmong } from './deep-link.js';

describe('deep link', () => {
  it('is found among the arguments of a launch', () => {
    expect(deepLinkAmong(['/opt/rayfish', '--at-login', 'rayfish://add/abc?name=bob'])).toBe(
      'rayfish://add/abc?name=bob',
    );
  });

  it('is none without one', () => {
    expect(deepLinkAmong(['/opt/rayfish-desktop', '.', 'https://example.org/rayfish:'])).toBeNull();
  });

  it('loses its control characters and keeps everything else for the field to judge', () => {
    expect(deepLinkAmong(['RAYFISH://delete/everything\n\u0007'])).toBe('RAYFISH://delete/everything');
  });

  it('is none where it is longer than any invite', () => {
    expect(deepLinkAmong([`rayfish://add/${'a'.repeat(5000)}`])).toBeNull();
  });
});
