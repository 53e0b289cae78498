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
import { nth } from '../figures.js';
import { paintOf } from '../page-scripts.js';

const paintMs = 100;
const interactiveMs = 700;
const bundleKb = 600;

scenario(
  'app: the toggle’s new state is painted within 100 ms of the helper’s event, traffic or not',
  { needs: ['chromium', 'app'], alone: true },
  async (world, scale) => {
    const { alice, bob } = await world.pair();
    const app = await AppWindow.open(world, alice);
    await app.heading('Connected').waitFor();
    const echoes = await PingStream.start(alice.machine, (await bob.status()).ipv6);
    const took: number[] = [];
    for (let round = 0; round < (scale === 'long' ? 100 : 20); round += 1) {
      const [state, headline] = round % 2 === 0 ? (['standby', 'Off'] as const) : (['up', 'Connected'] as const);
      const learnt = app.learns(({ status }) => status?.state === state);
      const painted = app.page.evaluate<number>(paintOf(headline));
      await app.toggle.click();
      took.push((await painted) - (await learnt));
      // Never in step with the helper's own seconds.
      await sleep(330);
    }
    await echoes.stop();
    const slow = nth(took, 0.95);
    world.figures.set('paintMs', slow).set('worstPaintMs', nth(took, 1));
    assert.ok(slow < paintMs, `it took ${took.join(', ')} ms`);
  },
);

scenario(
  'app: the page is ready for the first click in 700 ms',
  { needs: ['chromium', 'app'], alone: true },
  async (world, scale) => {
    const { alice } = await world.pair();
    const app = await AppWindow.open(world, alice);
    await app.heading('Connected').waitFor();
    const took: number[] = [];
    for (let round = 0; round < (scale === 'long' ? 50 : 5); round += 1) {
      const ready = timed(async () => {
        await app.page.reload({ waitUntil: 'commit' });
        await app.toggle.click({ trial: true });
      });
      took.push(await ready);
    }
    const middle = nth(took, 0.5);
    world.figures.set('readyMs', middle).set('worstReadyMs', nth(took, 1));
    assert.ok(middle < interactiveMs, `it took ${took.join(', ')} ms`);
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
