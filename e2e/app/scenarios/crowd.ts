/** Five hundred peers. */
import assert from 'node:assert/strict';
import { connectHelper } from '../../../src/shared/ipc-client.js';
import type { PeerStatus } from '../../../src/shared/status.js';
import { makeKey } from '../../key.js';
import { scenario } from '../../scenario.js';
import { timed } from '../../wait.js';
import { AppWindow } from '../app-window.js';
import { nth } from '../figures.js';
import { scrolling, type Scrolled } from '../page-scripts.js';

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
    const stop = keepChanging(app);
    const seen = await app.page.evaluate<Scrolled>(scrolling(scale === 'long' ? 30_000 : 4_000));
    stop();
    const frames = seen.framesMs;
    const slow = nth(frames, 0.95);
    world.figures.set('frameMs', slow).set('worstFrameMs', nth(frames, 1)).set('frames', frames.length);
    world.figures.set('rows', seen.rows).set('blankFrames', seen.blank);
    assert.ok(slow < frameMs, `one frame in twenty took ${slow} ms or more`);
    assert.ok(seen.rows < rowsDrawn, `${seen.rows} rows were drawn, not only what is seen`);
    assert.ok(seen.blank <= frames.length / 100, `${seen.blank} of ${frames.length} frames had a hole for a list`);

    const search = app.page.getByLabel('Search peers by name, ID or address');
    const wanted = peers.find(({ name }) => name === 'friend 377');
    assert.ok(wanted);
    const took: number[] = [];
    for (const text of parts(wanted)) {
      const found = timed(async () => {
        await search.fill(text);
        await app.page.getByRole('list', { name: '1 peers' }).waitFor();
      });
      took.push(await found);
      assert.equal(await app.peer('friend 377').count(), 1);
      await search.fill('');
      await app.page.getByRole('list', { name: `${crowd} peers` }).waitFor();
    }
    world.figures.set('searchMs', nth(took, 0.5)).set('worstSearchMs', nth(took, 1));
    assert.ok(nth(took, 0.5) < searchMs, `finding somebody took ${took.join(', ')} ms`);
    await search.fill('nobody is called so');
    await app.page.getByText('No peer has “nobody is called so”').waitFor();
    assert.deepEqual(app.complaints, []);
  },
);

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
