import { describe, expect, it } from 'vitest';
import { createNetwork } from './create-network.js';
import { DarwinNetwork } from './darwin/darwin-network.js';
import { LinuxNetwork } from './linux/linux-network.js';

describe('createNetwork', () => {
  it('knows Linux and macOS, and says so elsewhere', () => {
    expect(createNetwork('linux')).toBeInstanceOf(LinuxNetwork);
    expect(createNetwork('darwin')).toBeInstanceOf(DarwinNetwork);
    expect(() => createNetwork('win32')).toThrow(/Linux and macOS only/);
  });
});
