/** A window nobody looks at. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { PingStream } from '../../traffic.js';
import { sleep } from '../../wait.js';
import { AppWindow } from '../app-window.js';
import { timersSeen, timerWatch, type Timer } from '../page-scripts.js';

const slowestMs = 1_000;
/** What was under way when it was hidden may end. */
const settleMs = 1_000;

scenario(
  'app: hidden, the window runs no timer faster than 1 s, and knows all again once it is seen',
  { needs: ['chromium', 'app'], timeoutMs: 90_000 },
  async (world, scale) => {
    const { alice, bob } = await world.pair();
    const app = await AppWindow.open(world, alice, { script: timerWatch });
    const timers = (): Promise<Timer[]> => app.page.evaluate<Timer[]>(timersSeen);
    const echoes = await PingStream.start(alice.machine, (await bob.status()).ipv6);
    await app.page.locator('.row-traffic').waitFor();
    // A chart, its rates and the clock of "last seen": the page that does most.
    await app.peer(bob.name).click();
    await app.page.locator('.chart canvas').waitFor();
    await sleep(1_500);
    const seen = await timers();
    assert.ok(
      seen.some(({ kind, delayMs }) => kind === 'setInterval' && delayMs <= slowestMs),
      'seen, it samples',
    );

    await app.hide();
    await sleep(settleMs);
    await timers();
    await bob.call('down', {});
    await sleep(scale === 'long' ? 60_000 : 5_000);
    const hidden = await timers();
    world.figures.set('ticks', hidden.length);
    assert.deepEqual(
      hidden.filter(({ delayMs }) => delayMs < slowestMs),
      [],
    );
    await echoes.stop();
    await app.show();
    await app.page.getByText('Paused: they turned theirs off').first().waitFor({ timeout: 1_000 });
    assert.deepEqual(app.complaints, []);
  },
);
