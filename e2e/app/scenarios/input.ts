/** What people paste by mistake. */
import assert from 'node:assert/strict';
import { isNodeId } from '../../../src/shared/node-id.js';
import { scenario } from '../../scenario.js';
import { sleep } from '../../wait.js';
import { AppWindow } from '../app-window.js';
import { cutOff } from '../page-scripts.js';

const options = { needs: ['chromium', 'app'] } as const;

/** Pastes that nobody can be added by, each with another mistake in it. */
function mistakes(own: string, other: string): Record<string, string> {
  const invite = `rayfish://add/${other}`;
  return {
    own,
    short: other.slice(0, 63),
    long: `${other}a`,
    twice: other + other,
    letter: `${other.slice(0, 20)}z${other.slice(21)}`,
    ligature: `${other.slice(0, 40)}ﬀ${other.slice(41)}`,
    'no key': noKey(other),
    'base32 letter': '1'.repeat(52),
    'base32 end': 'b'.repeat(52),
    'only quotes': '“”',
    'web address': 'https://example.net/a',
    mail: 'bob@example.net',
    'overlay address': '100.101.7.9',
    'IP address': '192.168.1.7',
    'other verb': 'rayfish://delete/everything',
    'no verb': 'rayfish:',
    'invite without an ID': 'rayfish://add/',
    'invite cut off': invite.slice(0, 30),
    'script for a relay': `${invite}?relay=javascript:alert(1)`,
    'long relay': `${invite}?relay=https://example.net/${'a'.repeat(600)}`,
    'overlay as address': `${invite}?addr=100.64.0.9:1`,
    'address without a port': `${invite}?addr=192.0.2.1`,
    'many addresses': `${invite}?${'addr=192.0.2.1:1&'.repeat(9)}`,
    'long invite': `${invite}?name=${'a'.repeat(5_000)}`,
    words: 'hello there',
    huge: 'a'.repeat(5_000),
  };
}

/** An ID one character of which was mistyped so that nobody can have it. */
function noKey(id: string): string {
  const digits = Array.from('0123456789abcdef', (digit) => id.slice(0, -2) + digit + id.slice(-1));
  return digits.find((each) => !isNodeId(each)) ?? id;
}

scenario('app: every bad paste has a sentence of its own and adds nobody', options, async (world) => {
  const { alice, bob } = await world.strangers();
  const app = await AppWindow.open(world, alice);
  await app.heading('On').waitFor();
  const told = new Map<string, string>();
  const fault = app.page.locator('.add-note.fault');
  for (const [what, text] of Object.entries(mistakes(alice.id, bob.id))) {
    await app.addField.fill('');
    await fault.waitFor({ state: 'detached' });
    await app.addField.fill(text);
    await fault.waitFor({ timeout: 2_000 });
    const sentence = (await fault.textContent()) ?? '';
    assert.match(sentence, /^.{20,300}[.?]$/u, what);
    assert.equal(told.get(sentence), undefined, `“${what}” is told like “${told.get(sentence) ?? ''}”: ${sentence}`);
    told.set(sentence, what);
    assert.equal(await app.button('Add').count(), 0, `${what} offers nothing to add`);
    assert.equal(await app.addField.getAttribute('aria-invalid'), 'true', what);
    assert.deepEqual(await app.page.evaluate(cutOff), [], what);
    await app.page.keyboard.press('Enter');
  }
  world.figures.set('pastes', told.size);
  await sleep(300);
  assert.ok(!app.asked.includes('add-peer'), 'the helper was never asked');
  assert.deepEqual((await alice.status()).peers, []);
  assert.deepEqual(app.complaints, []);
});

scenario('app: who was added already is shown, who was blocked is told apart', options, async (world) => {
  const { alice, bob } = await world.pair();
  const app = await AppWindow.open(world, alice);
  await app.heading('Connected').waitFor();
  for (const text of [bob.id, bob.id.toUpperCase(), `rayfish://add/${bob.id}?name=somebody%20else`]) {
    await app.addField.fill(text);
    await app.page.getByText('You added this device already; it is called ‘bob’.').waitFor();
    assert.equal(await app.button('Add').count(), 0);
  }
  await app.button('Show it').click();
  await app.heading('bob').waitFor();
  await app.page.keyboard.press('Escape');
  await app.addField.fill(bob.id);
  await alice.call('block-peer', { peer: bob.id });
  await app.page.getByText('You blocked this device; adding unblocks it.').waitFor();
  await app.button('Add').click();
  await app.peer('Direct').waitFor();
  assert.equal((await alice.status()).peers.length, 1);
});

scenario('app: an invite goes from one window to the other as a picture of its QR code', options, async (world) => {
  const { alice, bob } = await world.strangers();
  const theirs = await AppWindow.open(world, bob);
  await theirs.button('Invite').click();
  const picture = await theirs.page.getByRole('dialog').screenshot();
  const app = await AppWindow.open(world, alice);
  await app.heading('On').waitFor();
  const file = (name: string, buffer: Buffer): Promise<void> =>
    app.page.locator('input[type=file]').setInputFiles({ name, mimeType: 'image/png', buffer });

  const told = new Set<string | null>();
  for (const buffer of [await app.page.locator('.brand').screenshot(), Buffer.from('no picture')]) {
    await file('wrong.png', buffer);
    const note = app.page.locator('.add-note').filter({ hasNotText: 'Looking for' });
    await note.waitFor();
    told.add(await note.textContent());
    await app.addField.fill('x');
    await app.addField.fill('');
  }
  assert.equal(told.size, 2, 'no code in it, and no picture at all, are two things');

  await file('invite.png', picture);
  await app.button('Add').click();
  await app.peer('Waiting for them to add you').or(app.peer('Connecting')).waitFor();
  assert.deepEqual(
    (await alice.status()).peers.map(({ id }) => id),
    [bob.id],
  );
  assert.deepEqual([...app.complaints, ...theirs.complaints], []);
});
