/** How soon the window says what is so, and how much it is. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { scenario } from '../../scenario.js';
import { PingStream } from '../../traffic.js';
import { sleep, timed } from '../../wait.js';
import { pageFiles } from '../app-page.js';
import { AppWindow } from '../app-window.js';
import { best, nth } from '../figures.js';
import { paintOf } from '../page-scripts.js';

const paintMs = 100;
const interactiveMs = 700;
const bundleKb = 600;

scenario(
  'app: the toggle’s new state is painted within 100 ms of the helper’s event, traffic or not',
  { needs: ['chromium', 'app'], alone: true, timeoutMs: 120_000 },
  async (world, scale) => {
    const { alice, bob } = await world.pair();
    const app = await AppWindow.open(world, alice);
    await app.heading('Connected').waitFor();
    const echoes = await PingStream.start(alice.machine, (await bob.status()).ipv6);
    const slow = await best(paintMs, async () => {
      const took: number[] = [];
      for (let round = 0; round < (scale === 'long' ? 100 : 20); round += 1) {
        took.push(await toggled(app, round % 2 === 0));
        // Never in step with the helper's own seconds.
        await sleep(330);
      }
      world.figures.set('usualPaintMs', nth(took, 0.5)).set('worstPaintMs', nth(took, 1));
      return nth(took, 0.95);
    });
    await echoes.stop();
    world.figures.set('paintMs', slow);
    assert.ok(slow < paintMs, `it took ${slow} ms`);
  },
);

/** From main's learning of the new state to its frame on the screen, in ms. */
async function toggled(app: AppWindow, off: boolean): Promise<number> {
  const learnt = app.learns(({ status }) => status?.state === (off ? 'standby' : 'up'));
  const painted = app.page.evaluate<number>(paintOf(off ? 'Off' : 'Connected'));
  await app.toggle.click();
  return (await painted) - (await learnt);
}

scenario(
  'app: the page is ready for the first click in 700 ms',
  { needs: ['chromium', 'app'], alone: true },
  async (world, scale) => {
    const { alice } = await world.pair();
    const app = await AppWindow.open(world, alice);
    await app.heading('Connected').waitFor();
    const middle = await best(interactiveMs, async () => {
      const took: number[] = [];
      for (let round = 0; round < (scale === 'long' ? 50 : 5); round += 1) {
        const ready = timed(async () => {
          await app.page.reload({ waitUntil: 'commit' });
          await app.toggle.click({ trial: true });
        });
        took.push(await ready);
      }
      world.figures.set('worstReadyMs', nth(took, 1));
      return nth(took, 0.5);
    });
    world.figures.set('readyMs', middle);
    assert.ok(middle < interactiveMs, `it took ${middle} ms`);
  },
);

scenario('app: the page is less than 600 kB, compressed', { needs: ['app'] }, async (world) => {
  const entries = await readdir(pageFiles, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async ({ parentPath, name }) => gzipSync(await readFile(join(parentPath, name))).length),
  );
  const kb = sizes.reduce((sum, size) => sum + size, 0) / 1000;
  world.figures.set('kb', kb);
  assert.ok(kb < bundleKb, `it has ${kb} kB`);
});
