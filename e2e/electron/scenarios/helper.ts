/** The helper goes away under the real app. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { timed } from '../../wait.js';
import { App } from '../app.js';
import { needs } from '../needs.js';

/** Whether one is installed is a matter of the machine that tests. */
const gone = /^The background service isn’t (running|installed)$/;

scenario(
  'electron: a killed helper is said in the tray within seconds, and comes back there by itself',
  { needs, timeoutMs: 90_000 },
  async (world) => {
    const { alice } = await world.pair();
    const { tray } = await App.atLogin(world, alice);
    await tray.untilLabel('Connected · 1 direct');
    await alice.kill();
    await tray.untilLabel(gone, 4_000);
    assert.ok(!(await tray.labels()).includes('Disconnect'), 'nothing to disconnect');
    await alice.start();
    await tray.untilLabel('Connected · 1 direct');
  },
);

scenario(
  'electron: a frozen helper is said within seconds, in the window and the tray, and both recover when it goes on',
  { needs, timeoutMs: 90_000 },
  async (world) => {
    const { alice } = await world.pair();
    const app = await App.open(world, alice);
    const page = await app.page();
    await app.untilHeadline(page, 'Connected');
    alice.process.signal('SIGSTOP');
    const noticed = await timed(() => app.untilHeadline(page, 'Service not answering', 10_000));
    world.figures.set('frozenNoticedMs', noticed);
    await app.tray.untilLabel('The background service isn’t answering', 3_000);

    alice.process.signal('SIGCONT');
    await app.untilHeadline(page, 'Connected');
    await app.tray.untilLabel('Connected · 1 direct');
  },
);
