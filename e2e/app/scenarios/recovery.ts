/** The helper goes and comes back under an open window. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { timed } from '../../wait.js';
import { AppWindow } from '../app-window.js';

const noticeMs = 1_000;

scenario(
  'app: a killed helper is said within 1 s, comes back by itself, and nothing typed is lost',
  { needs: ['chromium', 'app'], alone: true },
  async (world) => {
    const { alice, bob } = await world.pair();
    const app = await AppWindow.open(world, alice);
    await app.heading('Connected').waitFor();
    const typed = 'rayfish://add/half-of-an-inv';
    await app.addField.fill(typed);
    for (const end of ['kill', 'stop'] as const) {
      const noticed = await timed(async () => {
        await Promise.all([alice[end](), app.heading(/Nothing is connected|Service not answering/).waitFor()]);
      });
      world.figures.set(`${end}NoticedMs`, noticed);
      if (end === 'kill') assert.ok(noticed < noticeMs, `it took ${noticed} ms`);
      await app.page.getByText("The background service isn't running.").waitFor();
      assert.equal(await app.addField.inputValue(), typed, 'kept while it is away');
      assert.equal(await app.toggle.count(), 0, 'nothing to toggle');
      // What was known is still there to look at, and said to be old.
      await app.peer(bob.name).getByText('Not known now').waitFor();

      await alice.start();
      await app.heading('Connected').waitFor({ timeout: 15_000 });
      assert.equal(await app.addField.inputValue(), typed, 'kept when it is back');
    }
    assert.deepEqual(app.complaints, []);
  },
);

scenario(
  'app: an open question and a half-typed name outlive the helper’s restart',
  { needs: ['chromium', 'app'] },
  async (world) => {
    const { alice, bob } = await world.pair();
    const app = await AppWindow.open(world, alice);
    await app.peer(bob.name).click();
    await app.button('Remove…').click();
    await app.page.getByRole('alertdialog').waitFor();
    await alice.kill();
    await alice.start();
    await app.page.getByRole('alertdialog').waitFor();
    await app.page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
    assert.equal((await alice.status()).peers.length, 1);
  },
);
