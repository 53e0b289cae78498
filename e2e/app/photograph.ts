/**
 * `npm run screenshots [-- --all DIRECTORY]`: takes the pictures of e2e/screenshots anew, or one of every designed
 * state in both themes at both sizes.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { everything, fileOf, Gallery } from './gallery.js';

const kept = fileURLToPath(new URL('../screenshots', import.meta.url));

const { values } = parseArgs({ options: { all: { type: 'string' } } });
const directory = values.all ?? kept;
await mkdir(directory, { recursive: true });
const gallery = await Gallery.open();
try {
  const wanted = values.all === undefined ? new Set(await readdir(kept)) : null;
  const list = everything(await gallery.states()).filter((shown) => wanted?.has(fileOf(shown)) ?? true);
  await gallery.visit(list, async (page, shown) => {
    await page.screenshot({ path: join(directory, fileOf(shown)) });
  });
  console.log(`${list.length} pictures in ${directory}`);
} finally {
  await gallery.close();
}
