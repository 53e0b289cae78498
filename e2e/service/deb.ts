/** A deb out of the real electron-builder and its configuration, around files that stand for Electron's. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must } from '../command.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @param work directory for what arises on the way
 * @returns path of the deb
 */
export async function makeDeb(work: string, version: string): Promise<string> {
  const output = join(work, `release-${version}`);
  const config = {
    extends: join(repository, 'electron-builder.yml'),
    afterPack: join(repository, 'e2e/service/after-pack.mjs'),
    directories: { output },
    electronDist: await standInForElectron(join(work, 'electron')),
    extraMetadata: { version },
  };
  const configFile = join(work, `builder-${version}.json`);
  await writeFile(configFile, JSON.stringify(config));
  const path = `${join(repository, 'e2e/service/bin')}:${process.env['PATH'] ?? ''}`;
  const builder = join(repository, 'node_modules/.bin/electron-builder');
  const what = ['--linux', 'deb', `--${process.arch}`, '--projectDir', repository];
  await must([builder, '--config', configFile, '--publish', 'never', ...what], {
    env: { ...process.env, PATH: path, USE_SYSTEM_FPM: 'true' },
    timeoutMs: 120_000,
  });
  return join(output, `rayfish-desktop_${version}_${process.arch === 'x64' ? 'amd64' : process.arch}.deb`);
}

async function standInForElectron(directory: string): Promise<string> {
  await mkdir(join(directory, 'resources'), { recursive: true });
  // The fuses of Electron: a mark to find them by, a version, how many there are, and each of them on.
  const fuses = `dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX\x01\x09${'1'.repeat(9)}`;
  const programs = { electron: `#!/bin/sh\necho "started $*"\nexit\n${fuses}\n`, 'chrome-sandbox': '#!/bin/sh\n' };
  for (const [program, text] of Object.entries(programs)) {
    await writeFile(join(directory, program), text);
    await chmod(join(directory, program), 0o755);
  }
  for (const file of ['LICENSE', 'LICENSES.chromium.html', 'version']) await writeFile(join(directory, file), '');
  return directory;
}
