/** How soon the window says what is so, and how much it is. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { scenario } from '../../scenario.js';
import { PingStream } from '../../traffic.js';
import { sleep, timed } from '../../wait.js';
import { AppWindow, pageFiles } from '../app-window.js';
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
    for (let round = 0; round < (scale === 'long' ? 100 : 12); round += 1) {
      const [state, headline] = round % 2 === 0 ? (['standby', 'Off'] as const) : (['up', 'Connected'] as const);
      const learnt = app.learns(({ status }) => status?.state === state);
      const painted = app.page.evaluate<number>(paintOf(headline));
      await app.toggle.click();
      took.push((await painted) - (await learnt));
      // Never in step with the helper's own seconds.
      await sleep(330);
    }
    await echoes.stop();
    world.figures.set('paintMs', Math.max(...took));
    assert.ok(Math.max(...took) < paintMs, `it took ${took.join(', ')} ms`);
  },
);

scenario(
  'app: the page is ready for the first click in 700 ms',
  { needs: ['chromium', 'app'], alone: true },
  async (world) => {
    const { alice } = await world.pair();
    const app = await AppWindow.open(world, alice);
    await app.heading('Connected').waitFor();
    const readyMs = await timed(async () => {
      await app.page.reload();
      await app.toggle.click({ trial: true });
    });
    world.figures.set('readyMs', readyMs);
    assert.ok(readyMs < interactiveMs, `it took ${readyMs} ms`);
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
