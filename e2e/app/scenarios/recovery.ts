/** The helper goes and comes back under an open window. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { timed } from '../../wait.js';
import { AppWindow } from '../app-window.js';

const noticeMs = 1_000;

scenario(
  'app: a helper that is gone is said within 1 s, comes back by itself, and nothing typed is lost',
  { needs: ['chromium', 'app'], alone: true, timeoutMs: 90_000 },
  async (world, scale) => {
    const { alice, bob } = await world.pair();
    const app = await AppWindow.open(world, alice);
    await app.heading('Connected').waitFor();
    const typed = 'rayfish://add/half-of-an-inv';
    await app.addField.fill(typed);
    const note = app.page.locator('.add-note.fault');
    const sentence = await note.textContent();
    for (const end of scale === 'long' ? manyEnds : (['kill', 'stop'] as const)) {
      const noticed = await timed(async () => {
        await Promise.all([alice[end](), app.heading(/Nothing is connected|Service not answering/).waitFor()]);
      });
      const worst = Math.max(noticed, world.figures.get(`${end}NoticedMs`) ?? 0);
      world.figures.set(`${end}NoticedMs`, worst);
      // In order, its own farewell takes time, in which it says that it is stopping.
      if (end === 'kill') assert.ok(noticed < noticeMs, `it took ${noticed} ms`);
      await app.page.getByText(/The background service isn.t running\./).waitFor();
      assert.equal(await app.addField.inputValue(), typed, 'kept while it is away');
      assert.equal(await app.toggle.count(), 0, 'nothing to toggle');
      // What was known is still there to look at, and said to be old.
      await app.peer(bob.name).getByText('Not known now').waitFor();

      await alice.start();
      const back = await timed(() => app.heading('Connected').waitFor({ timeout: 15_000 }));
      world.figures.set(`${end}BackMs`, Math.max(back, world.figures.get(`${end}BackMs`) ?? 0));
      assert.equal(await app.addField.inputValue(), typed, 'kept when it is back');
      assert.equal(await note.textContent(), sentence);
    }
    assert.deepEqual(app.complaints, []);
  },
);

const manyEnds = Array.from({ length: 20 }, (_, index) => (index % 3 === 2 ? 'stop' : 'kill'));

scenario(
  'app: an open question and a half-typed name outlive the helper’s restart',
  { needs: ['chromium', 'app'] },
  async (world) => {
    const { alice, bob } = await world.pair();
    const app = await AppWindow.open(world, alice);
    await app.peer(bob.name).click();
    const name = app.page.getByLabel('Name, for you');
    await name.fill('Bob, half ty');
    await app.button('Remove…').click();
    const question = app.page.getByRole('alertdialog');
    await question.waitFor();
    await alice.kill();
    await app.page.getByText(/The background service isn.t running\./).waitFor({ state: 'attached' });
    await question.waitFor();
    await alice.start();
    await alice.untilPeer(bob, 'connected', 15_000);
    await question.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(await name.inputValue(), 'Bob, half ty');
    await app.button('Rename').click();
    await app.heading('Bob, half ty').waitFor();
    assert.equal((await alice.status()).peers[0]?.name, 'Bob, half ty');
    assert.deepEqual(app.complaints, []);
  },
);
