/** What the page of the real app can't do, whatever it is made to try. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pages } from '../../../src/main/pages.js';
import { scenario } from '../../scenario.js';
import { sleep } from '../../wait.js';
import type { World } from '../../world.js';
import { App } from '../app.js';
import { needs } from '../needs.js';

scenario('electron: the page reaches its bridge and nothing else', { needs, timeoutMs: 90_000 }, async (world) => {
  const { alice } = await world.pair();
  const app = await App.open(world, alice);
  const page = await app.page();
  await app.untilHeadline(page, 'Connected');
  const { address, visits } = await webServer(world);

  assert.deepEqual(await page.evaluate('Object.keys(window.rayfish).sort()'), ['act', 'call', 'onState']);
  assert.equal(await page.evaluate('typeof require + typeof process + typeof module'), 'undefined'.repeat(3));
  await page.evaluate(`void window.open('${address}')`);
  await page.evaluate(`location.href = '${address}'`);
  await page.evaluate(`location.href = 'file:///etc/passwd'`);
  await page.evaluate(`fetch('${address}').catch(() => null)`);
  await page.evaluate(`{ new Image().src = '${address}'; }`);
  await page.evaluate(`{
      const link = Object.assign(document.createElement('a'), { href: '${address}', download: 'x' });
      document.body.append(link);
      link.click();
      link.remove();
    }`);
  assert.equal(await page.evaluate(`Notification.requestPermission()`), 'denied');
  await sleep(1_000);
  assert.deepEqual(visits, [], 'nothing was asked of anybody');
  assert.deepEqual(await app.pages(), ['app://rayfish/index.html'], 'no second window');
});

scenario(
  'electron: the bridge knows its contract, and the browser is opened at pages of the project alone',
  { needs, timeoutMs: 90_000 },
  async (world) => {
    const { alice } = await world.pair();
    const browser = await fakeBrowser(join(alice.machine.directory, 'programs'));
    const app = await App.open(world, alice, { env: { PATH: `${browser.directory}:${process.env['PATH'] ?? ''}` } });
    const page = await app.page();
    await app.untilHeadline(page, 'Connected');
    for (const wrong of [
      `call('subscribe', {})`,
      `call('hello', { protocol: 1, client: 'page' })`,
      `call('constructor', {})`,
      `call('up', { extra: 1 })`,
      `act('open-page', { page: 'https://example.org' })`,
      `act('toString', {})`,
      `act('copy-text', { text: 7 })`,
    ]) {
      const { ok, error } = await page.evaluate<{ ok: boolean; error?: { code: string } }>(`window.rayfish.${wrong}`);
      assert.deepEqual({ ok, code: error?.code }, { ok: false, code: 'bad-request' }, wrong);
    }
    await page.evaluate(`window.rayfish.act('open-page', { page: 'documentation' })`);
    // A project without a home has no page to open.
    const documentation = pages.get('documentation');
    await sleep(2_000);
    assert.deepEqual(await browser.opened(), documentation === undefined ? [] : [new URL(documentation).href]);
  },
);

/** A web server that nobody should visit. */
async function webServer(world: World): Promise<{ address: string; visits: string[] }> {
  const visits: string[] = [];
  const server = createServer((request, response) => {
    visits.push(request.url ?? '');
    response.end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  world.atEnd(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, visits };
}

/** Stands for the desktop's browser: keeps the addresses it is to open. */
async function fakeBrowser(directory: string): Promise<{ directory: string; opened(): Promise<string[]> }> {
  const [program, list] = [join(directory, 'xdg-open'), join(directory, 'opened')];
  await mkdir(directory);
  await writeFile(program, `#!/bin/sh\necho "$1" >> ${list}\n`);
  await chmod(program, 0o755);
  return {
    directory,
    opened: async () => (await readFile(list, 'utf8').catch(() => '')).split('\n').filter(Boolean),
  };
}
