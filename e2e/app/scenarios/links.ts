/** `rayfish://` links, as anybody's web page can open them. */
import assert from 'node:assert/strict';
import { deepLinkAmong } from '../../../src/main/deep-link.js';
import { scenario } from '../../scenario.js';
import { eventually, sleep } from '../../wait.js';
import { AppWindow } from '../app-window.js';
import { cutOff } from '../page-scripts.js';

/** What the window may ask of main when a link arrives. Nothing of it changes anything. */
const harmless = new Set(['get-state', 'take-deep-link', 'take-wanted-page', 'get-settings']);

scenario('app: no link does anything before a click', { needs: ['chromium', 'app'] }, async (world) => {
  const { alice, bob } = await world.strangers();
  const app = await AppWindow.open(world, alice);
  await app.heading('On').waitFor();
  const before = await alice.status();
  const title = await app.page.title();
  const invite = `rayfish://add/${bob.id}`;
  const links = [
    'rayfish://quit',
    'rayfish://down',
    'rayfish://remove/everybody',
    'rayfish://add/../../../etc/passwd',
    'rayfish://add/%00%0a%0d',
    'rayfish:javascript:document.title=1',
    'rayfish://add/"><img src=x onerror="document.title=1">',
    `rayfish://add/${alice.id}`,
    `${invite}?relay=javascript:alert(1)`,
    `${invite}\n--accept`,
    `${invite}?accept=yes&operator=0&name=%3Cb%3Ebold%3C/b%3E%E2%80%AE%0A${'w'.repeat(3_000)}`,
    `${invite}?name=bob`,
  ];
  for (const link of links) {
    const arrived = follow(app, link);
    assert.ok(arrived !== null, link);
    await eventually(`the link in the field`, 3_000, async () => {
      const value = await app.addField.inputValue();
      if (value === arrived) return true;
      throw new Error(`it has “${value}”`);
    });
    await sleep(150);
    assert.deepEqual(await app.page.evaluate(cutOff), [], link);
    assert.equal(app.core.model.state.deepLink, null, 'taken, so that it does not come again');
  }
  for (const dropped of [`${invite}?name=${'a'.repeat(5_000)}`, 'file:///etc/passwd', '--quit']) {
    assert.equal(follow(app, dropped), null, dropped);
  }
  assert.deepEqual(
    app.asked.filter((name) => !harmless.has(name)),
    [],
    'nothing was asked that changes anything',
  );
  assert.equal(await app.page.title(), title);
  assert.equal(await app.page.locator('#root img, #root b').count(), 0);
  const { state, peers, name } = await alice.status();
  assert.deepEqual({ state, peers, name }, { state: before.state, peers: [], name: before.name });

  await app.button('Add').click();
  await app.peer('bob').waitFor();
  assert.ok(app.asked.includes('add-peer'));
  assert.deepEqual(app.complaints, []);
});

/** What main does with a link, without the desktop that brings it. @returns the text, or null where it is dropped. */
function follow({ core }: AppWindow, link: string): string | null {
  const text = deepLinkAmong(['/opt/Rayfish/rayfish-desktop', '--enable-crash-reporter', link]);
  if (text !== null) core.model.change({ deepLink: text, wantedPage: 'add' });
  return text;
}
