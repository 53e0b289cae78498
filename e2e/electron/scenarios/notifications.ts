/** The real app's notifications, as a desktop gets them. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { eventually } from '../../wait.js';
import { App } from '../app.js';
import { needs } from '../needs.js';
import { NotificationHost } from '../notification-host.js';

scenario(
  'electron: a request notifies in one short harmless line, and a click leads to it',
  { needs, timeoutMs: 90_000 },
  async (world) => {
    const { alice, bob } = await world.strangers();
    const app = await App.atLogin(world, alice);
    const notifications = await NotificationHost.open(world, app.desktop);
    await app.tray.untilLabel('On · no peers yet');
    await bob.call('set-setting', { key: 'name', value: `<b>${'x'.repeat(60)}` });
    await bob.call('add-peer', { target: alice.id });
    const shown = await notifications.untilShown(/wants to connect$/);
    assert.equal(shown.title, `A device calling itself ‘<b>${'x'.repeat(36)}…’ wants to connect`);
    assert.equal(shown.body, 'It reaches nothing here unless you accept.');
    assert.deepEqual((await alice.status()).peers, [], 'nobody has accepted it');

    notifications.click(shown);
    await app.desktop.untilWindow();
    const page = await app.page();
    await eventually('the request', 10_000, () => page.evaluate<boolean>(`document.body.innerText.includes('Accept')`));
  },
);
