/** Large text, and no motion. */
import assert from 'node:assert/strict';
import { defaultSize, smallestSize } from '../../../src/main/window-place.js';
import { scenario } from '../../scenario.js';
import { AppWindow } from '../app-window.js';
import { cutOff, motionWithin } from '../page-scripts.js';

const options = { needs: ['chromium', 'app'] } as const;

scenario('app: at 200 % nothing is cut off and nothing scrolls sideways', options, async (world) => {
  const { alice, bob } = await world.pair();
  const size = { width: defaultSize.width / 2, height: defaultSize.height / 2 };
  const app = await AppWindow.open(world, alice, { size, scale: 2 });
  await app.heading('Connected').waitFor();
  await shows(app, 'home');
  await app.addField.fill('https://example.net/a-long-address-that-somebody-pasted-by-mistake');
  await app.page.locator('.add-note.fault').waitFor();
  await shows(app, 'a fault');
  await app.peer(bob.name).click();
  await app.heading(bob.name).waitFor();
  await shows(app, 'a peer');
  await app.button('Remove…').click();
  await app.page.getByRole('alertdialog').waitFor();
  await shows(app, 'a question');
  await app.page.keyboard.press('Escape');
  await app.button('Settings').click();
  await app.heading('Settings').waitFor();
  await shows(app, 'settings');
  await app.page.setViewportSize(smallestSize);
  await shows(app, 'settings in the smallest window');
});

scenario('app: where motion is unwanted nothing moves', options, async (world) => {
  const app = await AppWindow.open(world, await world.helper(await world.machine('alice')));
  await app.heading('On').waitFor();
  const toggled = async (headline: string): Promise<number> => {
    const moving = app.page.evaluate<number>(motionWithin(700));
    await app.toggle.click();
    await app.heading(headline).waitFor();
    return moving;
  };
  assert.ok((await toggled('Off')) > 0, 'otherwise it does, so this would be seen');
  await app.page.emulateMedia({ reducedMotion: 'reduce' });
  assert.equal(await toggled('On'), 0);
  assert.equal(await toggled('Off'), 0);
});

async function shows(app: AppWindow, what: string): Promise<void> {
  assert.deepEqual(await app.page.evaluate(cutOff), [], what);
}
