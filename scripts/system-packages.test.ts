import { describe, expect, it } from 'vitest';
import { installCommand, missingFor } from './system-packages.mjs';

describe('missingFor', () => {
  it('asks for a compiler alone to build', () => {
    expect(missingFor('build', () => false).map(({ program }) => program)).toEqual(['cc']);
  });

  it.runIf(process.platform === 'linux')('asks to test for what is not installed', () => {
    const missing = missingFor('test', (program) => program !== 'ip' && program !== 'nft');
    expect(missing.map(({ program }) => program)).toEqual(['ip', 'nft']);
  });
});

describe('installCommand', () => {
  it('names each package once, as the distribution calls it', () => {
    const missing = missingFor('build', () => false);
    expect(installCommand('apt', [...missing, ...missing])).toBe(
      'apt-get install -y --no-install-recommends build-essential',
    );
    expect(installCommand('dnf', missing)).toBe('dnf install -y gcc');
    expect(installCommand('pacman', missing)).toBe('pacman -S --needed base-devel');
  });
});
