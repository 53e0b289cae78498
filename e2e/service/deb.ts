/** A deb out of the real electron-builder and its configuration, around files that stand for Electron's. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param work directory for what arises on the way
 * @returns path of the deb
 */
export function makeDeb(repository: string, work: string, version: string): string {
  const output = join(work, `release-${version}`);
  const config = {
    extends: join(repository, 'electron-builder.yml'),
    afterPack: join(repository, 'e2e/service/after-pack.mjs'),
    directories: { output },
    electronDist: standInForElectron(work),
    extraMetadata: { version },
  };
  const configFile = join(work, `builder-${version}.json`);
  writeFileSync(configFile, JSON.stringify(config));
  const path = `${join(repository, 'e2e/service/bin')}:${process.env['PATH'] ?? ''}`;
  execFileSync(
    join(repository, 'node_modules/.bin/electron-builder'),
    ['--config', configFile, '--publish', 'never', '--linux', 'deb', '--x64'],
    { cwd: repository, env: { ...process.env, PATH: path, USE_SYSTEM_FPM: 'true' }, stdio: ['ignore', 2, 2] },
  );
  return join(output, `rayfish-desktop_${version}_amd64.deb`);
}

function standInForElectron(work: string): string {
  const directory = join(work, 'electron');
  mkdirSync(join(directory, 'resources'), { recursive: true });
  for (const program of ['electron', 'chrome-sandbox']) {
    writeFileSync(join(directory, program), '#!/bin/sh\n');
    chmodSync(join(directory, program), 0o755);
  }
  for (const file of ['LICENSE', 'LICENSES.chromium.html', 'version']) {
    writeFileSync(join(directory, file), '');
  }
  return directory;
}
