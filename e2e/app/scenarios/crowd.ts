/** Five hundred peers. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { makeKey } from '../../key.js';
import { connectHelper } from '../../../src/shared/ipc-client.js';
import { AppWindow } from '../app-window.js';
import { framesWhileScrolling } from '../page-scripts.js';

const crowd = 500;
/** Of the frames of a scroll, 19 of 20 come this soon: smooth to the eye, on two cores without a graphics card. */
const frameMs = 34;
const searchMs = 200;

scenario(
  'app: 500 peers scroll smoothly and are found by name, ID and address',
  { needs: ['chromium', 'app'], alone: true, timeoutMs: 120_000 },
  async (world) => {
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
    assert.ok((await app.page.locator('.peer-row').count()) < 60, 'only what is seen is drawn');
    const frames = await app.page.evaluate<number[]>(framesWhileScrolling(3_000));
    const slow = frames.sort((a, b) => a - b)[Math.floor(frames.length * 0.95)] ?? Infinity;
    world.figures.set('frameMs', slow).set('frames', frames.length);
    assert.ok(slow < frameMs, `one frame in twenty took ${slow} ms or more`);

    const search = app.page.getByLabel('Search peers by name, ID or address');
    const wanted = peers.find(({ name }) => name === 'friend 377');
    assert.ok(wanted);
    for (const text of ['FRIEND 377', wanted.id.slice(7, 30), wanted.ipv4 ?? '', wanted.ipv6.slice(0, 20)]) {
      const start = performance.now();
      await search.fill(text);
      await app.page.getByRole('list', { name: '1 peers' }).waitFor();
      const took = performance.now() - start;
      world.figures.set('searchMs', Math.max(took, world.figures.get('searchMs') ?? 0));
      assert.ok(took < searchMs, `finding “${text}” took ${took} ms`);
      assert.equal(await app.peer('friend 377').count(), 1);
      await search.fill('');
    }
    await search.fill('nobody is called so');
    await app.page.getByText('No peer has “nobody is called so”').waitFor();
    assert.deepEqual(app.complaints, []);
  },
);
