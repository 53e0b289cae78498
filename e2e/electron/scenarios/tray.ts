/** The tray of the real app, as a panel sees it. */
import assert from 'node:assert/strict';
import { pages } from '../../../src/main/pages.js';
import { scenario } from '../../scenario.js';
import { App } from '../app.js';
import { needs } from '../needs.js';

scenario(
  'electron: the tray says how things stand in words, and Disconnect and Connect there drive the helper',
  { needs, timeoutMs: 90_000 },
  async (world) => {
    const { alice, bob } = await world.pair();
    const { tray, desktop } = await App.atLogin(world, alice);
    await tray.untilLabel('Connected · 1 direct');
    const { ipv4, name } = await alice.status();
    const labels = (await tray.labels()).map((label) => label.replace(/ · \d+ ms$/, ''));
    assert.deepEqual(labels, [
      'Connected · 1 direct',
      'Disconnect',
      '',
      `This device: ${name} (${ipv4})`,
      'Peers',
      '● bob · direct',
      'Invite someone…',
      'Open Rayfish',
      'Settings…',
      'Help',
      'Diagnose…',
      ...(pages.has('documentation') ? ['Documentation'] : []),
      'Rayfish 0.1.0 · background service 0.1.0',
      '',
      'Quit… (the tunnel can stay on)',
    ]);

    await tray.choose('Disconnect');
    await alice.until('standby', 5_000, ({ state }) => state === 'standby');
    await tray.untilLabel('Off · peers see this device as paused');
    await bob.untilPeer(alice, 'paused');
    assert.deepEqual((await tray.labels()).slice(1, 2), ['Connect'], 'only what can be done');
    assert.equal((await tray.labels()).at(-1), 'Quit');

    await tray.choose('Connect');
    await bob.untilPeer(alice, 'connected');
    await tray.untilLabel('Connected · 1 direct');
    assert.equal(tray.registered, 1, 'one item');
    assert.deepEqual(await desktop.windows(), [], 'at login nobody asked for a window');
  },
);

scenario(
  'electron: a hostile name is a short harmless line in the tray',
  { needs, timeoutMs: 90_000 },
  async (world) => {
    const { alice, bob } = await world.strangers();
    const { tray } = await App.atLogin(world, alice);
    await tray.untilLabel('On · no peers yet');
    await bob.call('set-setting', { key: 'name', value: '<b>&amp;__bob' });
    await bob.call('add-peer', { target: alice.id });
    await tray.untilLabel('‘<b>&amp;__bob’ wants to connect…');
    await alice.call('accept-request', { peer: bob.id });
    await tray.untilLabel(/^● <b>&amp;__bob · direct/);
  },
);
