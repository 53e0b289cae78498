/** How quick the real app is, and what it costs while nobody looks. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import type { World } from '../../world.js';
import { eventually, sleep } from '../../wait.js';
import { App } from '../app.js';
import { needs } from '../needs.js';
import { memoryMb, processorSeconds, renderers, wakeUps } from '../process-tree.js';
import type { Session } from '../session.js';

const openLimitMs = 700;
const idleSeconds = 20;
const rounds = 5;

/** Keeps, in a page, what comes by the clock: of each call the delay it was asked for with. */
const keepTimers = `{
  window.timers = [];
  for (const name of ['setTimeout', 'setInterval']) {
    const original = window[name];
    window[name] = (run, delay = 0, ...words) =>
      original(() => {
        window.timers.push(delay);
        run(...words);
      }, delay);
  }
  const frame = window.requestAnimationFrame;
  window.requestAnimationFrame = (run) =>
    frame.call(window, (time) => {
      window.timers.push(0);
      run(time);
    });
}`;

/** When (ms since 1970) a frame was painted that a person can see. */
const painted = `new Promise((resolve) => {
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(Date.now())));
})`;

scenario(
  'electron: the window stands ready within 700 ms of a click in the tray, and hidden it gives its memory back',
  { needs, alone: true, timeoutMs: 120_000 },
  async (world) => {
    const { alice } = await world.pair();
    const app = await App.atLogin(world, alice, { RAYFISH_WINDOW_RELEASE_MS: '2000' });
    await app.tray.untilLabel('Connected · 1 direct');
    // The first is cold.
    await untilOpen(app);
    const kept: number[] = [];
    const anew: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await hide(app);
      kept.push(await untilOpen(app));
      const open = await memoryMb(app.process.pid);
      assert.equal((await renderers(app.process.pid)).length, 1);
      await hide(app);
      await eventually(
        'the end of the page’s process',
        10_000,
        async () => (await renderers(app.process.pid)).length === 0,
      );
      world.figures.set('windowMb', open - (await memoryMb(app.process.pid)));
      anew.push(await untilOpen(app));
    }
    record(world, 'keptMs', kept);
    record(world, 'anewMs', anew);
    world.figures.set('openMb', await memoryMb(app.process.pid));
  },
);

scenario(
  'electron: idle in the tray the app takes less than 1 % of a core, and no timer of its page is faster than 1 s',
  { needs, alone: true, timeoutMs: 120_000 },
  async (world) => {
    const { alice } = await world.pair();
    const app = await App.atLogin(world, alice);
    await untilOpen(app);
    const page = await app.page();
    await page.reloadWith(keepTimers);
    await eventually('the page anew', 10_000, () => page.evaluate<boolean>('Array.isArray(window.timers)'));
    await app.untilHeadline(page, 'Connected');
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 60))');
    assert.ok((await page.evaluate<number[]>('window.timers')).includes(60), 'they are kept');
    await hide(app);
    assert.equal(await page.evaluate('document.hidden'), true);
    await sleep(2_000);
    await page.evaluate('window.timers.length = 0');
    const [usedBefore, wokenBefore] = [await processorSeconds(app.process.pid), await wakeUps(app.process.pid)];
    await sleep(idleSeconds * 1000);
    const used = ((await processorSeconds(app.process.pid)) - usedBefore) / idleSeconds;
    const woken = ((await wakeUps(app.process.pid)) - wokenBefore) / idleSeconds;
    world.figures.set('idleCpuPercent', used * 100);
    world.figures.set('wakeUpsPerSecond', woken);
    assert.ok(used < 0.01, `it takes ${used * 100} % of a core`);
    assert.ok(woken < 40, `its threads wake up ${woken} times a second`);
    assert.deepEqual(
      (await page.evaluate<number[]>('window.timers')).filter((delay) => delay < 1000),
      [],
    );
  },
);

/** Opens it from the tray; how many milliseconds later a person sees it and can use it. */
async function untilOpen(app: App): Promise<number> {
  const clicked = Date.now();
  await app.tray.choose('Open Rayfish');
  const page: Session = await app.page();
  await app.untilHeadline(page, 'Connected');
  await app.desktop.untilWindow();
  const at = await page.evaluate<number>(painted);
  page.close();
  return at - clicked;
}

async function hide(app: App): Promise<void> {
  await app.desktop.press('Rayfish', 'ctrl+w');
  await app.desktop.untilNoWindow();
}

/** The best shows what the app takes; the others what else the machine had to do. */
function record(world: World, name: string, times: readonly number[]): void {
  const best = Math.min(...times);
  world.figures.set(`${name}Best`, best);
  world.figures.set(`${name}Worst`, Math.max(...times));
  assert.ok(best < openLimitMs, `${name}: ${times.join(', ')}`);
}
