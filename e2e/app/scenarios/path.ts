/** A person's path through the app, against a real helper and a real friend. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { PingStream } from '../../traffic.js';
import { eventually } from '../../wait.js';
import { AppWindow } from '../app-window.js';
import { canvasColours } from '../page-scripts.js';

scenario(
  'app: from the first run over a pasted ID to traffic, off, on and a conflict',
  { needs: ['chromium', 'app'], timeoutMs: 90_000 },
  async (world) => {
    const [ours, theirs] = [await world.machine('ada'), await world.machine('bob')];
    await world.lan([ours, theirs]);
    const bob = await world.helper(theirs);
    const ada = world.prepare(ours);
    const app = await AppWindow.open(world, ada, { install: () => ada.start(), welcomed: false });

    await app.heading('Your devices, directly').waitFor();
    await app.button('Install the background service').click();
    await app.heading('Name this device').waitFor();
    await app.page.getByLabel('Name').fill('Ada’s laptop');
    await app.button('Continue').click();
    await app.heading('Add a friend').waitFor();
    assert.equal((await ada.status()).name, 'Ada’s laptop');

    await app.addField.fill(`  “${bob.id}”\n`);
    await app.button('Add').click();
    await app.heading('You’re set').waitFor();
    await app.button('Done').click();
    await app.peer('Waiting for them to add you').waitFor();
    const { requests } = await bob.until('a request', 8_000, (status) => status.requests.length === 1);
    assert.equal(requests[0]?.name, 'Ada’s laptop');
    await bob.call('accept-request', { peer: ada.id });
    await app.heading('Connected').waitFor({ timeout: 10_000 });
    await app.peer('Direct').waitFor();

    const echoes = await PingStream.start(theirs, (await ada.status()).ipv4);
    const moving = app.page.locator('.row-traffic');
    await moving.waitFor({ timeout: 5_000 });
    await eventually('the sparkline', 5_000, async () => (await app.page.evaluate<number>(canvasColours)) > 2);
    assert.match((await moving.textContent()) ?? '', /[1-9].*\/s/);
    await echoes.stop();

    await app.toggle.click();
    await app.heading('Off').waitFor();
    await app.page.getByText('Your peers still see this device, as paused.').waitFor();
    await bob.untilPeer(ada, 'paused');
    await app.toggle.click();
    await app.heading('Connected').waitFor();

    await bob.call('down', {});
    await app.peer('Paused: they turned theirs off').waitFor({ timeout: 2_000 });
    await bob.call('up', {});
    await app.peer('Direct').waitFor();

    await ours.ip('link add carrier0 type bridge');
    await ours.ip('address add 100.90.1.2/32 dev carrier0');
    await ours.ip('link set carrier0 up');
    const banner = app.page.locator('.banner', { hasText: 'carrier0' });
    await banner.waitFor({ timeout: 5_000 });
    assert.match((await banner.textContent()) ?? '', /100\.90\.1\.2/);
    await ours.ip('link del carrier0');
    await banner.waitFor({ state: 'detached', timeout: 5_000 });
    assert.deepEqual(app.complaints, []);
  },
);
