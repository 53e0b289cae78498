/** What people paste by mistake, and what others send on purpose. */
import assert from 'node:assert/strict';
import { scenario } from '../../scenario.js';
import { AppWindow } from '../app-window.js';
import { overflowing } from '../page-scripts.js';

scenario('app: every bad paste has its own sentence and adds nobody', { needs: ['chromium', 'app'] }, async (world) => {
  const { alice, bob } = await world.strangers();
  const app = await AppWindow.open(world, alice);
  await app.heading('On').waitFor();
  const changed = bob.id.startsWith('0') ? `1${bob.id.slice(1)}` : `0${bob.id.slice(1)}`;
  const pastes = {
    own: alice.id,
    short: bob.id.slice(0, 63),
    long: `${bob.id}a`,
    letter: `${bob.id.slice(0, 20)}z${bob.id.slice(21)}`,
    web: 'https://example.net/a',
    mail: 'bob@example.net',
    address: '100.101.7.9',
    outer: '192.168.1.7',
    scheme: 'rayfish://delete/everything',
    invite: `rayfish://add/${bob.id.slice(0, 10)}`,
    relay: `rayfish://add/${bob.id}?relay=javascript:alert(1)`,
    endpoint: `rayfish://add/${bob.id}?addr=100.64.0.9:1`,
    words: 'hello there',
    huge: 'a'.repeat(5_000),
  };
  const sentences = new Map<string, string>();
  for (const [what, text] of Object.entries(pastes)) {
    await app.addField.fill('');
    await app.addField.fill(text);
    const fault = app.page.locator('.add-note.fault');
    await fault.waitFor({ timeout: 2_000 });
    const sentence = (await fault.textContent()) ?? '';
    assert.match(sentence, /^.{15,400}$/, what);
    assert.equal(sentences.get(sentence), undefined, `“${what}” is told like “${sentences.get(sentence) ?? ''}”`);
    sentences.set(sentence, what);
    assert.equal(await app.button('Add').count(), 0, `${what} offers nothing to add`);
    assert.deepEqual(await app.page.evaluate(overflowing), [], what);
  }
  // One character of an ID wrong: no more than a checksum could tell. It is somebody else's.
  await app.addField.fill(changed);
  assert.deepEqual((await alice.status()).peers, []);
  assert.deepEqual(app.complaints, []);
});

const hostileNames = [
  '<img src=x onerror="document.title=1"><b>bold</b>',
  '\u202egnp.exe\u2066 \u200b',
  `long ${'w'.repeat(10_000)}`,
  'two\nlines\tand\u0000more',
  '${window.close()} {{constructor}}',
];

scenario('app: a hostile name is text, short, and on one line', { needs: ['chromium', 'app'] }, async (world) => {
  const { helpers } = await world.neighbours(['ada', 'mallory']);
  const [ada, mallory] = helpers;
  if (ada === undefined || mallory === undefined) throw new Error('two helpers were asked for');
  const app = await AppWindow.open(world, ada);
  const title = await app.page.title();
  for (const name of hostileNames) {
    const own = name.slice(0, 2_000);
    await mallory.call('set-setting', { key: 'name', value: own }).catch(() => undefined);
    await mallory.call('add-peer', { target: ada.id });
    const card = app.page.locator('.request');
    await card.waitFor({ timeout: 15_000 });
    assert.equal(await card.locator('img, b').count(), 0, 'no markup');
    assert.doesNotMatch((await card.textContent()) ?? '', /[\u202a-\u202e\u2066-\u2069\p{Cc}]/u);
    assert.deepEqual(await app.page.evaluate(overflowing), []);
    await ada.call('add-peer', { target: mallory.id });
    const row = app.page.locator('.peer-row');
    await row.waitFor({ timeout: 8_000 });
    const box = await row.boundingBox();
    assert.ok(box !== null && box.height < 80, 'one line, and a second for its state');
    assert.deepEqual(await app.page.evaluate(overflowing), []);
    await ada.call('remove-peer', { peer: mallory.id });
    await mallory.call('remove-peer', { peer: ada.id });
    await row.waitFor({ state: 'detached' });
  }
  assert.equal(await app.page.title(), title);
  assert.deepEqual(app.complaints, []);
});

scenario('app: a link fills the field and does nothing more', { needs: ['chromium', 'app'] }, async (world) => {
  const { alice, bob } = await world.strangers();
  const app = await AppWindow.open(world, alice);
  await app.heading('On').waitFor();
  for (const link of [`rayfish://add/${bob.id}?name=bob`, 'rayfish://add/../../etc/passwd', 'rayfish://quit']) {
    app.core.model.change({ deepLink: link });
    await app.page.waitForFunction(`document.querySelector('#add-field').value === ${JSON.stringify(link)}`);
    assert.equal(app.core.model.state.deepLink, null, 'taken, so that it does not come again');
  }
  assert.deepEqual((await alice.status()).peers, []);
  assert.equal((await alice.status()).state, 'up');
});
