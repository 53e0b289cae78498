/** Quitting the real app, and what becomes of the tunnel. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { eventually } from '../../wait.js';
import { App } from '../app.js';
import { needs } from '../needs.js';

const question = 'Quit Rayfish';
const quit = /^Quit/;

scenario(
  'electron: Quit asks what becomes of the tunnel while it is on, and does as it was told',
  { needs, timeoutMs: 120_000 },
  async (world) => {
    const { alice } = await world.pair();
    const app = await App.atLogin(world, alice);
    await app.tray.choose('Quit… (the tunnel can stay on)');
    await app.desktop.press(question, 'Escape');
    await app.desktop.untilNoWindow(question);
    assert.equal(app.process.exit, null, 'Cancel goes on');

    await eventually('the question again', 10_000, async () => {
      await app.tray.choose(quit);
      return (await app.desktop.windows(question)).length > 0;
    });
    await app.tray.choose(quit);
    assert.equal((await app.desktop.windows(question)).length, 1, 'one question, however often it is chosen');
    await app.desktop.press(question, 'Return');
    assert.equal((await app.process.exited).code, 0);
    assert.equal((await alice.status()).state, 'up', 'the tunnel stays on');

    const again = await app.restart();
    await again.tray.choose(quit);
    await app.desktop.press(question, 'Tab', 'Return');
    assert.equal((await again.process.exited).code, 0);
    await alice.until('off', 5_000, ({ state }) => state === 'standby');

    const off = await app.restart();
    await off.tray.choose('Quit');
    assert.equal((await off.process.exited).code, 0, 'nothing to ask');
  },
);
