/** `npm run screenshots` */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTask } from '../../scripts/command-line.mjs';
import { say } from '../../scripts/step.mjs';
import { missing } from '../needs.js';
import { everything, Gallery, pictureFile, pictureFiles, pictures, setTheme, themes } from './gallery.js';
import { palettePng } from './palette-png.js';

const usage = {
  command: 'npm run screenshots --',
  about: 'Takes a picture of every designed state of the window, in both themes at both sizes. Needs chromium.',
  options: {
    only: { takes: 'TEXT', about: 'states whose name contains the text' },
    into: {
      takes: 'DIRECTORY',
      about: 'default: e2e/screenshots, where pictures of what is no state any more are removed',
    },
  },
};

await runTask(usage, async ({ only = '', into = pictures }) => {
  const lacking = await missing(['chromium']);
  if (lacking === null) {
    await photograph(into, only);
    return 0;
  }
  say(`No pictures can be taken: ${lacking}`);
  return 1;
});

async function photograph(directory: string, only: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const list = everything().filter(({ state }) => state.name.includes(only));
  const built = await mkdtemp(join(tmpdir(), 'rayfish-gallery-'));
  let bytes = 0;
  try {
    const gallery = await Gallery.open(built);
    await gallery.visit(list, async (page, shown) => {
      for (const theme of themes) {
        await setTheme(page, theme);
        const picture = palettePng(await page.screenshot({ animations: 'disabled', scale: 'css' }));
        bytes += picture.length;
        await writeFile(join(directory, pictureFile(shown, theme)), picture);
      }
    });
    await gallery.close();
  } finally {
    await rm(built, { recursive: true, force: true });
  }
  if (only === '') await removeAllBut(directory, new Set(pictureFiles()));
  console.log(`${list.length * themes.length} pictures in ${directory}, ${Math.round(bytes / 1000)} kB`);
}

async function removeAllBut(directory: string, wanted: ReadonlySet<string>): Promise<void> {
  const stale = (await readdir(directory)).filter((file) => file.endsWith('.png') && !wanted.has(file));
  for (const file of stale) await rm(join(directory, file));
}
