import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { provideElectron } from './electron.mjs';
import { testElectron } from './test-electron.mjs';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'rayfish-electron-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

function builder() {
  return { home: directory, env: { ELECTRON_OVERRIDE_DIST_PATH: directory }, identity: undefined };
}

describe('the Electron that was named', () => {
  it('is taken where it is', async () => {
    await writeFile(join(directory, 'electron'), '');
    expect(testElectron(builder())).toBe(directory);
    if (process.platform !== 'darwin') await expect(provideElectron(builder())).resolves.toBeUndefined();
  });

  it('is missed in one sentence where it is not, and no other taken in its place', async () => {
    expect(testElectron(builder())).toBeNull();
    await expect(provideElectron(builder())).rejects.toThrow(`There is no Electron in ${directory}`);
  });
});
