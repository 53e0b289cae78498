/** Without a mouse, at 200 %, without motion. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { AppWindow } from '../app-window.js';
import { focused, overflowing } from '../page-scripts.js';

scenario(
  'app: the keyboard alone adds, turns off and on, opens, removes and quits nothing by accident',
  { needs: ['chromium', 'app'] },
  async (world) => {
    const { alice, bob } = await world.strangers();
    await bob.call('add-peer', { target: alice.id });
    const app = await AppWindow.open(world, alice);
    await app.heading('On').waitFor();
    const { keyboard } = app.page;

    await reach(app, 'Add somebody: their node ID or an invite');
    await keyboard.insertText(bob.id);
    await reach(app, 'Name, for you');
    await keyboard.insertText('Bob');
    await keyboard.press('Enter');
    await app.peer('Direct').waitFor({ timeout: 10_000 });

    await reach(app, 'Rayfish');
    await keyboard.press('Space');
    await app.heading('Off').waitFor();
    await keyboard.press('Space');
    await app.heading('Connected').waitFor();

    await reach(app, /^Bob/);
    await keyboard.press('Enter');
    await app.heading('Bob').waitFor();
    await keyboard.press('Escape');
    await app.heading('Bob').waitFor({ state: 'detached' });

    await reach(app, 'More');
    await keyboard.press('Enter');
    await app.page.getByRole('menuitem', { name: 'Diagnostics' }).waitFor();
    await keyboard.press('Escape');
    assert.equal(await app.page.evaluate(focused), 'More', 'the keyboard comes back to where it was');
    await reach(app, 'Settings');
    await keyboard.press('Enter');
    await app.heading('Settings').waitFor();
    await keyboard.press('Escape');

    await reach(app, /^Bob/);
    await keyboard.press('Enter');
    await reach(app, 'Remove…');
    await keyboard.press('Enter');
    await app.page.getByRole('alertdialog').waitFor();
    await keyboard.press('Escape');
    assert.equal((await alice.status()).peers.length, 1, 'Escape removes nobody');
    await keyboard.press('Enter');
    await reach(app, 'Remove');
    await keyboard.press('Enter');
    await alice.until('nobody left', 3_000, ({ peers }) => peers.length === 0);
    assert.deepEqual(app.complaints, []);
  },
);

scenario(
  'app: at 200 % nothing is cut off, and without motion nothing moves',
  { needs: ['chromium', 'app'] },
  async (world) => {
    const { alice, bob } = await world.pair();
    const app = await AppWindow.open(world, alice, { size: { width: 210, height: 360 } });
    await app.heading('Connected').waitFor();
    assert.deepEqual(await app.page.evaluate(overflowing), []);
    await app.peer(bob.name).click();
    await app.heading(bob.name).waitFor();
    assert.deepEqual(await app.page.evaluate(overflowing), []);
    await app.page.emulateMedia({ reducedMotion: 'reduce' });
    await app.page.keyboard.press('Escape');
    await app.toggle.click();
    await app.heading('Off').waitFor();
    const moving = `document.getAnimations().filter((each) => each.effect.getComputedTiming().duration > 1).length`;
    assert.equal(await app.page.evaluate(moving), 0);
  },
);

/** Presses Tab until that has the keyboard, and shows that it has. */
async function reach(app: AppWindow, name: string | RegExp): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < 60; step += 1) {
    await app.page.keyboard.press('Tab');
    const now = await app.page.evaluate<string>(focused);
    passed.push(now);
    if (typeof name === 'string' ? now !== name : !name.test(now)) continue;
    const seen = `((style) => style.outlineStyle !== 'none' || style.boxShadow !== 'none')(getComputedStyle(document.activeElement))`;
    assert.ok(await app.page.evaluate(seen), `“${now}” does not show that it has the keyboard`);
    return;
  }
  throw new Error(`Tab never comes to ${String(name)}; it passes ${passed.join(' | ')}`);
}
