/** What others call themselves on purpose. */
import assert from 'node:assert/strict';
import type { AppState } from '../../../src/shared/app-contract.js';
import type { PeerStatus } from '../../../src/shared/status.js';
import { sanitiseName } from '../../../src/shared/peer-name.js';
import { Notices } from '../../../src/main/notices.js';
import { trayView, type TrayItem } from '../../../src/main/tray-view.js';
import { Hostile } from '../../hostile.js';
import { makeKey } from '../../key.js';
import { scenario } from '../../scenario.js';
import { AppWindow } from '../app-window.js';
import { cutOff } from '../page-scripts.js';

const names: Record<string, string> = {
  markup: '</bdi><img src=x onerror="document.title=1"><b>bold</b><style>*{display:none}</style>',
  'right to left': '\u202egnp.exe\u2066 \u200b\u200e',
  'two lines': 'two\r\nlines\tand\u0000more\u0007',
  template: '${window.close()} {{constructor.constructor("alert(1)")()}}',
  marks: `Z${'\u0353\u036f'.repeat(200)}`,
  nothing: '\u200b\u200b',
  wide: '﷽'.repeat(64),
};
/** A line of the helper takes no more than 4 kB; what is longer can only come of a helper gone wrong. */
const huge = `long ${'w'.repeat(10_000)}`;
const menuWidth = 100;

scenario(
  'app: a peer’s hostile name is text, short, on one line',
  { needs: ['chromium', 'app', 'hostile'] },
  async (world) => {
    const [machine, attacker] = [await world.machine('alice'), await world.machine('mallory')];
    const lan = await world.lan([machine, attacker]);
    const alice = await world.helper(machine);
    const key = makeKey();
    await alice.call('add-peer', { target: key.nodeId });
    const [port] = (await alice.status()).ports;
    const address = `${lan.port(machine).ipv4}:${port ?? 0}`;
    const mallory = await Hostile.dial(attacker, key, { nodeId: alice.id, address });
    await mallory.seen('connected');
    const app = await AppWindow.open(world, alice);
    const title = await app.page.title();
    await app.heading('Connected').waitFor();
    for (const [what, name] of Object.entries({ ...names, long: huge.slice(0, 3_900) })) {
      mallory.message(JSON.stringify({ type: 'renamed', name }));
      const { peers } = await alice.until(
        `mallory is called ${what}`,
        5_000,
        ({ peers: [peer] }) => peer?.claimedName === sanitiseName(name),
      );
      const shown = sanitiseName(name) || `${key.nodeId.slice(0, 10)}…`;
      const row = app.page.locator('.peer-row', { hasText: shown });
      await row.waitFor();
      await isHarmless(app, `${what} in the list`);
      const box = await row.boundingBox();
      assert.ok(box !== null && box.height < 80, `${what} is one line, and a second for its state`);
      await row.click();
      await app.page.getByRole('heading', { level: 1, name: shown }).waitFor();
      await isHarmless(app, `${what} in its details`);
      await app.button('Remove…').click();
      await app.page.getByRole('alertdialog').waitFor();
      await isHarmless(app, `${what} in a question`);
      await app.page.keyboard.press('Escape');
      await app.page.getByRole('alertdialog').waitFor({ state: 'detached' });
      await app.page.keyboard.press('Escape');
      await row.waitFor();
      saysHarmlessly(app.core.model.state, peers);
    }
    assert.equal(await app.page.title(), title);
    assert.deepEqual(app.complaints, []);
  },
);

scenario(
  'app: hostile names from a helper that let them through are harmless too',
  { needs: ['chromium', 'app'] },
  async (world) => {
    const alice = await world.helper(await world.machine('alice'));
    const [bob, stranger] = [makeKey(), makeKey()];
    await alice.call('add-peer', { target: bob.nodeId, name: 'Bob' });
    const app = await AppWindow.open(world, alice);
    const title = await app.page.title();
    await app.peer('Bob').waitFor();
    // From here on nobody but this test says how things are.
    app.core.helper.stop();
    const { status } = app.core.model.state;
    const [peer] = status?.peers ?? [];
    assert.ok(status !== null && peer !== undefined);
    for (const [what, name] of Object.entries({ ...names, huge })) {
      const peers: PeerStatus[] = [{ ...peer, name, claimedName: name, problem: name, state: 'offline' }];
      const requests = [{ id: stranger.nodeId, name, at: new Date().toISOString() }];
      // An interface may be called anything, in 15 bytes.
      const device = name.slice(0, 15);
      const message = `Something (${device}, 100.90.1.2) is using the 100.x range. We’re using IPv6 only; both work.`;
      const warnings = [{ code: 'cgnat-conflict' as const, message, interface: device, sticky: true }];
      app.core.model.change({
        link: { kind: 'connected', level: 'operator' },
        status: { ...status, name, peers, requests, warnings },
      });
      const shown = sanitiseName(name) || 'A device without a name';
      await app.page.locator('.request', { hasText: shown }).waitFor();
      await isHarmless(app, `${what} asks`);
      await app.page.locator('.peer-row').click();
      await app.button('Remove…').waitFor();
      // A sentence may be longer than a name.
      await isHarmless(app, `${what} in its details`, 300);
      await app.page.keyboard.press('Escape');
      saysHarmlessly(app.core.model.state, peers);
    }
    assert.equal(await app.page.title(), title);
    assert.deepEqual(app.complaints, []);
  },
);

/** No element of theirs, no character that turns or hides text, nothing pushed out of the window. */
async function isHarmless({ page }: AppWindow, what: string, longest = 64): Promise<void> {
  assert.equal(await page.locator('body img, body b, body style').count(), 0, `${what}: markup`);
  const text = await page.locator('body').innerText();
  // New lines are between elements; in a name they would have become spaces.
  assert.doesNotMatch(text.replaceAll(/[\n\t]/g, ' '), /[\p{Cc}\p{Cf}]/u, what);
  assert.ok(!text.includes('w'.repeat(longest + 1)), `${what}: at most ${longest} characters of it`);
  assert.deepEqual(await page.evaluate(cutOff), [], what);
}

/** The same of the tray and of every notification there could be. */
function saysHarmlessly(state: AppState, peers: readonly PeerStatus[]): void {
  const { tooltip, menu } = trayView(state);
  for (const text of [tooltip, ...labels(menu)]) {
    assert.match(text, /^[^\p{Cc}\p{Cf}]+$/u);
    assert.ok(Array.from(text).length <= menuWidth, `${text} makes the menu wide`);
  }
  const online = { ...state.settings, notifyPeerOnline: true };
  const before = {
    ...state,
    settings: online,
    status: state.status && { ...state.status, peers: [...peers].map(gone) },
  };
  const after = {
    ...state,
    settings: online,
    status: state.status && { ...state.status, peers: [...peers].map(there) },
  };
  const notices = new Notices().after(after, before, Date.now());
  assert.ok(notices.length > 0);
  for (const { title, body } of notices) {
    assert.match(`${title} ${body}`, /^[^\p{Cc}\p{Cf}]{5,420}$/u);
    assert.ok(Array.from(title).length <= menuWidth, title);
  }
}

function gone(peer: PeerStatus): PeerStatus {
  return { ...peer, state: 'offline' };
}

function there(peer: PeerStatus): PeerStatus {
  return { ...peer, state: 'connected' };
}

function labels(items: readonly TrayItem[]): string[] {
  return items.flatMap((item) => {
    if (item.kind === 'separator') return [];
    return item.kind === 'submenu' ? [item.label, ...labels(item.items)] : [item.label];
  });
}
