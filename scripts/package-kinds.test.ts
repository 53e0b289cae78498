import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { installedTools, kinds, obstacleTo, reasonOf } from './package-kinds.mjs';

const offline = `
  • building        target=deb arch=x64
  ⨯ getaddrinfo ENOTFOUND github.com  failedTask=build stackTrace=RequestError: getaddrinfo ENOTFOUND github.com
    at ClientRequest.<anonymous>`;

describe('the kinds of packages', () => {
  it('are those of electron-builder.yml', () => {
    const config = readFileSync(new URL('../electron-builder.yml', import.meta.url), 'utf8');
    const targets = /^linux:[^]*?^ {2}target: \[(.*)\]$/m.exec(config)?.[1]?.split(', ') ?? [];
    expect([...kinds].sort()).toEqual(targets.sort());
  });

  it('use what is installed', () => {
    expect(installedTools(() => null)).toEqual({});
    expect(installedTools((program) => `/usr/bin/${program}`)).toEqual({
      ELECTRON_BUILDER_7ZIP_PATH: '/usr/bin/7za',
      USE_SYSTEM_FPM: 'true',
    });
  });

  it('say in one sentence what is missing', () => {
    expect(obstacleTo('rpm', () => null)).toBe('rpmbuild is not installed (package rpm)');
    expect(obstacleTo('deb', () => null)).toBeNull();
    expect(reasonOf('deb', offline)).toBe(
      "fpm is not installed, and electron-builder's own could not be downloaded (getaddrinfo ENOTFOUND github.com)",
    );
    expect(reasonOf('AppImage', offline)).toMatch(/^electron-builder's tools for it could not be downloaded/);
    expect(reasonOf('deb', '  ⨯ icon is missing  failedTask=build')).toBe('icon is missing');
  });
});
