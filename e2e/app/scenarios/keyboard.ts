/** Everything without a mouse. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { AppWindow } from '../app-window.js';
import { hasFocus, reach } from '../focus.js';

/** The choice follows the arrow only while it is down, as by a finger it is. */
const asAFinger = { delay: 60 };
const options = { needs: ['chromium', 'app'], timeoutMs: 90_000 } as const;

scenario('app: the keyboard alone accepts, adds, renames, turns off and on, and removes', options, async (world) => {
  const { helpers } = await world.neighbours(['alice', 'bob', 'carol']);
  const [alice, bob, carol] = helpers;
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error('three helpers were asked for');
  await bob.call('add-peer', { target: alice.id });
  await carol.call('set-setting', { key: 'name', value: 'Carol' });
  await carol.call('add-peer', { target: alice.id });
  await alice.until('two requests', 8_000, ({ requests }) => requests.length === 2);
  const app = await AppWindow.open(world, alice);
  const { keyboard } = app.page;

  await app.page.getByRole('region', { name: /Carol/ }).waitFor();
  await reach(app, 'Add somebody: their node ID or an invite');
  await keyboard.insertText(bob.id);
  await reach(app, 'Name, for you');
  await keyboard.insertText('Bob');
  await keyboard.press('Enter');
  await app.peer('Bob').getByText('Direct').waitFor();
  await app.page.getByRole('region', { name: /Request/ }).waitFor();

  await reach(app, 'Accept');
  await keyboard.press('Enter');
  await app.peer('Carol').getByText('Direct').waitFor();

  await reach(app, 'Rayfish');
  await keyboard.press('Space');
  await app.heading('Off').waitFor();
  await hasFocus(app, 'Rayfish');
  await keyboard.press('Space');
  await app.heading('Connected').waitFor();

  await reach(app, /^Bob/);
  await keyboard.press('Enter');
  await hasFocus(app, 'Bob');
  await reach(app, 'Name, for you');
  await keyboard.insertText('Robert');
  await keyboard.press('Enter');
  await app.heading('Robert').waitFor();
  await keyboard.press('Escape');
  await hasFocus(app, /^Robert/);

  await keyboard.press('Enter');
  await reach(app, 'Remove…');
  await keyboard.press('Enter');
  await app.page.getByRole('alertdialog').waitFor();
  await keyboard.press('Escape');
  await hasFocus(app, 'Remove…');
  assert.equal((await alice.status()).peers.length, 2, 'Escape removes nobody');
  await keyboard.press('Enter');
  await hasFocus(app, 'Cancel');
  await reach(app, 'Remove');
  await keyboard.press('Enter');
  await alice.until('Carol left', 3_000, ({ peers }) => peers.length === 1);
  await app.peer('Robert').waitFor({ state: 'detached' });
  assert.deepEqual(app.complaints, []);
});

scenario('app: the keyboard alone opens settings, theme, menu, invite and quits nothing', options, async (world) => {
  const app = await AppWindow.open(world, await world.helper(await world.machine('alice')));
  const { keyboard } = app.page;
  await app.heading('On').waitFor();

  await reach(app, 'Settings');
  await keyboard.press('Enter');
  await hasFocus(app, 'Settings');
  await app.heading('Settings').waitFor();
  await reach(app, 'System');
  await keyboard.press('ArrowRight', asAFinger);
  await hasFocus(app, 'Light');
  await keyboard.press('ArrowRight', asAFinger);
  await hasFocus(app, 'Dark');
  await app.page.locator('html[data-theme=dark]').waitFor();
  assert.equal(app.core.model.state.settings.theme, 'dark');
  await reach(app, 'Tell me when a peer comes online');
  await keyboard.press('Space');
  await app.page.getByRole('switch', { name: 'Tell me when', checked: true }).waitFor();
  await keyboard.press('Escape');
  await app.heading('Settings').waitFor({ state: 'detached' });
  await hasFocus(app, 'Settings');

  await reach(app, 'More');
  await keyboard.press('Enter');
  await hasFocus(app, 'Diagnostics');
  await keyboard.press('Escape');
  await hasFocus(app, 'More');
  await keyboard.press('Enter');
  await hasFocus(app, 'Diagnostics');
  await keyboard.press('Enter');
  await app.heading('Diagnostics').waitFor();
  // On its way out it still takes Escape for itself.
  await app.page.getByRole('menu').waitFor({ state: 'detached' });
  await keyboard.press('Escape');
  await hasFocus(app, 'More');

  await reach(app, 'Invite');
  await keyboard.press('Enter');
  await app.page.getByRole('dialog').waitFor();
  await reach(app, /Copy/);
  await keyboard.press('Enter');
  await app.page
    .getByText(/copied/)
    .first()
    .waitFor();
  assert.equal(app.copied.length, 1);
  await keyboard.press('Escape');
  await hasFocus(app, 'Invite');

  await reach(app, 'More');
  await keyboard.press('Enter');
  await hasFocus(app, 'Diagnostics');
  await keyboard.press('End');
  await hasFocus(app, 'Quit…');
  await keyboard.press('Enter');
  await app.page.getByRole('alertdialog').or(app.page.getByRole('dialog')).waitFor();
  await keyboard.press('Escape');
  await app.page.getByRole('alertdialog').or(app.page.getByRole('dialog')).waitFor({ state: 'detached' });
  assert.ok(!app.asked.includes('quit'));
  assert.deepEqual(app.complaints, []);
});
