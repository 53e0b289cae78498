/** How the window of the real app comes and goes. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { eventually, sleep } from '../../wait.js';
import { App } from '../app.js';
import { needs } from '../needs.js';
import { renderers } from '../process-tree.js';
import type { Session } from '../session.js';
import { TrayHost } from '../tray-host.js';

scenario(
  'electron: the window opens from the tray, closes to it, and a second launch brings it back with the keyboard',
  { needs, timeoutMs: 90_000 },
  async (world) => {
    const { alice } = await world.pair();
    const app = await App.atLogin(world, alice);
    const { desktop, tray } = app;
    await tray.choose('Open Rayfish');
    await desktop.untilWindow();
    const page = await app.page();
    await app.untilHeadline(page, 'Connected');

    await desktop.press('Rayfish', 'ctrl+w');
    await desktop.untilNoWindow();
    assert.equal(app.process.exit, null, 'it goes on in the tray');
    assert.equal(await page.evaluate('document.hasFocus()'), false);

    await app.launchAgain();
    await desktop.untilWindow();
    await eventually('the keyboard', 5_000, () => page.evaluate<boolean>('document.hasFocus()'));
    assert.equal((await desktop.windows()).length, 1, 'one window');

    await tray.choose('Settings…');
    await eventually('the settings', 5_000, () => page.evaluate<boolean>(shows('Settings')));
  },
);

scenario(
  'electron: a deep link opens the window with the add field filled, and acts only when somebody clicks',
  { needs, timeoutMs: 90_000 },
  async (world) => {
    const { alice, bob } = await world.strangers();
    const { link } = await bob.call('invite', {});
    const app = await App.open(world, alice, { arguments: [link] });
    const page = await app.page();
    await untilField(page, link);
    await app.desktop.press('Rayfish', 'ctrl+w');
    await app.desktop.untilNoWindow();

    for (const hostile of ['rayfish://remove/everybody?yes=1', 'rayfish:add/"><script>fetch("//x")</script>']) {
      await app.launchAgain(hostile);
      await app.desktop.untilWindow();
      await untilField(page, hostile);
    }
    await app.launchAgain(link);
    await untilField(page, link);
    await sleep(1_000);
    assert.deepEqual((await alice.status()).peers, [], 'nobody clicked');

    await page.evaluate(`[...document.querySelectorAll('button')].find((each) => each.textContent === 'Add').click()`);
    await alice.until('a peer', 5_000, ({ peers }) => peers.length === 1);
  },
);

scenario(
  'electron: a page whose process dies is loaded again, and one that dies at once again not for ever',
  { needs, timeoutMs: 90_000 },
  async (world) => {
    const { alice } = await world.pair();
    const app = await App.open(world, alice);
    await app.untilHeadline(await app.page(), 'Connected');
    await killPage(app);
    await app.untilHeadline(await app.page(), 'Connected');
    await killPage(app);
    await app.desktop.untilNoWindow();
    await app.tray.choose('Open Rayfish');
    await app.untilHeadline(await app.page(), 'Connected');
  },
);

scenario(
  'electron: at login without anybody to show a tray icon the window opens, says so, and closing it quits',
  { needs, timeoutMs: 120_000 },
  async (world) => {
    const { alice } = await world.pair();
    const app = await App.open(world, alice, { trayless: true, arguments: ['--at-login'] });
    // A panel may take its time to come up.
    await app.desktop.untilWindow('Rayfish', 40_000);
    const page = await app.page();
    await app.untilHeadline(page, 'Connected');
    await eventually('a word about the tray', 5_000, () =>
      page.evaluate<boolean>(`document.body.innerText.includes('This desktop has no tray')`),
    );
    await app.desktop.press('Rayfish', 'ctrl+w');
    await app.process.exited;
    assert.deepEqual(app.process.exit, { code: 0, signal: null });
    assert.equal((await alice.status()).state, 'up', 'the tunnel goes on');
  },
);

scenario(
  'electron: a panel that comes up after the app at login gets its tray item',
  { needs, timeoutMs: 90_000 },
  async (world) => {
    const { alice } = await world.pair();
    const app = await App.open(world, alice, { trayless: true, arguments: ['--at-login'] });
    await sleep(3_000);
    const late = await TrayHost.open(world, app.desktop);
    await late.untilLabel('Connected · 1 direct');
    assert.deepEqual(await app.desktop.windows(), [], 'nobody asked for a window');
  },
);

async function killPage(app: App): Promise<void> {
  const before = await renderers(app.process.pid);
  assert.equal(before.length, 1);
  for (const pid of before) process.kill(pid, 'SIGKILL');
  await eventually('the end of it', 5_000, async () => {
    const now = await renderers(app.process.pid);
    return !now.some((pid) => before.includes(pid));
  });
}

function untilField(page: Session, text: string): Promise<unknown> {
  return eventually(`“${text}” in the add field`, 10_000, async () => {
    const typed = await page.evaluate<string[]>(
      `[...document.querySelectorAll('input, textarea')].map((each) => each.value)`,
    );
    if (typed.includes(text)) return true;
    throw new Error(`the fields have ${JSON.stringify(typed)}`);
  });
}

function shows(heading: string): string {
  return `[...document.querySelectorAll('h1, h2')].some((each) => each.textContent === ${JSON.stringify(heading)})`;
}
