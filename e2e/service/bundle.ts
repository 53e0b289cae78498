/** The service bundle under test, and changed copies of it, as files of a user. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must, run } from '../command.js';
import type { Container } from './container.js';

/** What `npm run build:service` made. */
export const bundle = fileURLToPath(new URL('../../build/service', import.meta.url));

const built = fileURLToPath(new URL('../../dist', import.meta.url));

/** Why it cannot be tested, or null. */
export async function missingBundle(): Promise<string | null> {
  const { code } = await run(['diff', '--recursive', '--brief', built, `${bundle}/dist`]);
  return code === 0 ? null : 'build/service is not what dist/ is: npm run build:service';
}

/** Brings the bundle into a user's home, wherever they had it from. @param version other than the built one */
export async function bring(container: Container, to: string, version?: string): Promise<void> {
  const target = container.path(to);
  await must(['mkdir', '-p', dirname(target)]);
  await must(['cp', '-r', '--reflink=auto', bundle, target]);
  if (version !== undefined) {
    const manifest = `${target}/bundle.json`;
    const text = await readFile(manifest, 'utf8');
    // Another version is another build.
    const changed = text
      .replace(/"version": "[^"]*"/, `"version": "${version}"`)
      .replace(/"build": "../, '"build": "zz');
    await writeFile(manifest, changed.replace('zz', version.replace(/\D/g, '').slice(0, 2)));
  }
  await must(['chown', '-R', '1000:1000', container.path('/home/alice')]);
}
