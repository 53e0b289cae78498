/** A person's path through the app, against a real helper and a real friend at another window. */
import assert from 'node:assert/strict';
import { fastPair } from '../../fast-pair.js';
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
    const prompts: number[] = [];
    const install = (): Promise<unknown> => {
      prompts.push(Date.now());
      return ada.start();
    };
    const app = await AppWindow.open(world, ada, { install, welcomed: false });
    const friend = await AppWindow.open(world, bob);

    await app.heading('Your devices, directly').waitFor();
    await app.button('Install the background service').click();
    await app.heading('Name this device').waitFor();
    await app.page.getByLabel('Name').fill('Ada’s laptop');
    await app.button('Continue').click();
    await app.heading('Add a friend').waitFor();
    assert.equal((await ada.status()).name, 'Ada’s laptop');

    await app.addField.fill(`  “${bob.id.toUpperCase()}”\n`);
    await app.page.getByLabel('Name, for you').fill('Bob');
    await app.button('Add').click();
    await app.heading('You’re set').waitFor();
    await app.button('Done').click();
    await app.peer('Bob').getByText('Waiting for them to add you').waitFor();

    const request = friend.page.getByRole('region', { name: /Request.*Ada’s laptop/ });
    await request.waitFor();
    const phrase = (await request.locator('.phrase-words').textContent()) ?? '';
    assert.equal(await app.page.getByText(phrase).count(), 1, 'the same words are on both screens');
    await request.getByRole('button', { name: 'Accept' }).click();
    await app.heading('Connected').waitFor();
    await app.peer('Bob').getByText('Direct').waitFor();
    await friend.peer('Ada’s laptop').getByText('Direct').waitFor();

    const moving = app.page.locator('.row-traffic');
    assert.equal(await moving.count(), 0, 'nothing moves yet');
    const echoes = await PingStream.start(theirs, (await ada.status()).ipv4);
    await moving.waitFor();
    await eventually('the sparkline', 5_000, async () => (await app.page.evaluate<number>(canvasColours)) > 2);
    assert.match((await moving.textContent()) ?? '', /[1-9].*\/s/);
    await echoes.stop();

    await app.toggle.click();
    await app.heading('Off').waitFor();
    await app.page.getByText('Your peers still see this device, as paused.').waitFor();
    await friend.peer('Ada’s laptop').getByText('Paused: they turned theirs off').waitFor();
    await bob.untilPeer(ada, 'paused');
    await app.toggle.click();
    await app.heading('Connected').waitFor();
    await friend.peer('Ada’s laptop').getByText('Direct').waitFor();

    await ours.ip('link add carrier0 type bridge');
    await ours.ip('address add 100.90.1.2/32 dev carrier0');
    await ours.ip('link set carrier0 up');
    const banner = app.page.locator('.banner', { hasText: 'carrier0' });
    await banner.waitFor();
    assert.match((await banner.textContent()) ?? '', /100\.90\.1\.2.*IPv6/s);
    await app.heading('Connected').waitFor();
    await ours.ip('link del carrier0');
    await banner.waitFor({ state: 'detached' });
    assert.equal(prompts.length, 1, 'the administrator was asked once');
    assert.deepEqual([...app.complaints, ...friend.complaints], []);
  },
);

scenario('app: a peer’s page says by what packets go, and why', { needs: ['chromium', 'app'] }, async (world) => {
  const { alice, bob } = await fastPair(world);
  const app = await AppWindow.open(world, alice);
  await app.peer(bob.name).click();
  const path = app.page.getByRole('region', { name: 'Path' });
  await path.getByText('Nothing in between, by the fast path.').waitFor();
  await bob.mustCli('config', 'set', 'fast-path', 'off');
  await path.getByText(/^By QUIC\. .*switched off at the other device/).waitFor();
  await bob.mustCli('config', 'set', 'fast-path', 'on');
  await path.getByText('Nothing in between, by the fast path.').waitFor();
  assert.deepEqual(app.complaints, []);
});
