/** Five hundred peers. */
import assert from 'node:assert/strict';
import { connectHelper } from '../../../src/shared/ipc-client.js';
import type { PeerStatus } from '../../../src/shared/status.js';
import { makeKey } from '../../key.js';
import { scenario } from '../../scenario.js';
import { timed } from '../../wait.js';
import { AppWindow } from '../app-window.js';
import { hasFocus } from '../focus.js';
import { best, nth } from '../figures.js';
import { focused, scrolling, type Scrolled } from '../page-scripts.js';

const crowd = 500;
const rowsDrawn = 40;
/** Of the frames of a scroll, 19 of 20 come this soon: smooth to the eye, on two cores without a graphics card. */
const frameMs = 34;
const searchMs = 200;
const stateEveryMs = 200;

scenario(
  'app: 500 peers scroll smoothly and are found by name, ID and address',
  { needs: ['chromium', 'app'], alone: true, timeoutMs: 120_000 },
  async (world, scale) => {
    const ada = await world.helper(await world.machine('ada'));
    // Nobody is dialled while it is off, as in a list of people who are mostly away.
    await ada.call('down', {});
    const client = await connectHelper(ada.socket, { client: 'e2e', trustPath: true });
    for (let number = 1; number <= crowd; number += 1) {
      await client.call('add-peer', { target: makeKey().nodeId, name: `friend ${number}` });
    }
    client.close();
    const { peers } = await ada.status();
    assert.equal(peers.length, crowd);

    const app = await AppWindow.open(world, ada);
    await app.page.getByRole('list', { name: `${crowd} peers` }).waitFor();
    const slow = await best(frameMs, async () => {
      const stop = keepChanging(app);
      const { framesMs, rows, blank } = await app.page.evaluate<Scrolled>(scrolling(scale === 'long' ? 30_000 : 4_000));
      stop();
      world.figures.set('frames', framesMs.length).set('worstFrameMs', nth(framesMs, 1)).set('rows', rows);
      assert.ok(rows < rowsDrawn, `${rows} rows were drawn, not only what is seen`);
      assert.ok(blank <= framesMs.length / 100, `${blank} of ${framesMs.length} frames had a hole for a list`);
      return nth(framesMs, 0.95);
    });
    world.figures.set('frameMs', slow);
    assert.ok(slow < frameMs, `one frame in twenty took ${slow} ms or more`);

    const search = app.page.getByLabel('Search peers by name, ID or address');
    const wanted = peers.find(({ name }) => name === 'friend 377');
    assert.ok(wanted);
    for (const text of parts(wanted)) {
      const took = await best(searchMs, async () => {
        await search.fill('');
        await app.page.getByRole('list', { name: `${crowd} peers` }).waitFor();
        return timed(async () => {
          await search.fill(text);
          await app.page.getByRole('list', { name: '1 peers' }).waitFor();
        });
      });
      world.figures.set('searchMs', Math.max(took, world.figures.get('searchMs') ?? 0));
      assert.ok(took < searchMs, `finding “${text}” took ${took} ms`);
      assert.equal(await app.peer('friend 377').count(), 1);
    }
    await search.fill('');
    await comesBack(app);
    await search.fill('nobody is called so');
    await app.page.getByText('No peer has “nobody is called so”').waitFor();
    assert.deepEqual(app.complaints, []);
  },
);

/** From the page of somebody far down, back to where that somebody is in the list, keyboard included. */
async function comesBack(app: AppWindow): Promise<void> {
  await app.page.evaluate(`document.querySelector('main').scrollTop = 12_345`);
  const row = app.page.locator('.peer-row').nth(12);
  await row.focus();
  const name = (await app.page.evaluate<string>(focused)).slice(0, 'friend 100'.length);
  await app.page.keyboard.press('Enter');
  await app.heading(/^friend/).waitFor();
  await app.page.keyboard.press('Escape');
  await hasFocus(app, new RegExp(`^${name}`));
}

/** What somebody could have of a peer: of its name, of its ID, of either address. */
function parts({ id, ipv4, ipv6 }: PeerStatus): string[] {
  return ['FRIEND 377', id.slice(7, 30), id.toUpperCase(), ipv4 ?? '', ipv6.slice(0, 20)];
}

/** News several times a second, as from a helper with much to say. @returns how to stop. */
function keepChanging({ core }: AppWindow): () => void {
  let round = 0;
  const timer = setInterval(() => {
    const { status } = core.model.state;
    if (status === null) return;
    round += 1;
    const seen = new Date().toISOString();
    const peers = status.peers.map((peer, index) => (index % 50 === round % 50 ? { ...peer, lastSeen: seen } : peer));
    core.model.change({ status: { ...status, peers } });
  }, stateEveryMs);
  return () => {
    clearInterval(timer);
  };
}
