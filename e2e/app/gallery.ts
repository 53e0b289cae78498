/** The renderer's gallery in a real browser: every designed state, in both themes, at two sizes. */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { states, type GalleryState } from '../../src/renderer/gallery/states.js';
import { launchBrowser } from './browser.js';

const config = fileURLToPath(new URL('../../src/renderer/gallery/vite.config.ts', import.meta.url));
const origin = 'http://localhost';
/** Where the pictures are kept. */
export const pictures = fileURLToPath(new URL('../screenshots', import.meta.url));

export { states };
export const themes = ['light', 'dark'] as const;
export type Theme = (typeof themes)[number];
/** What the window has at first, and what it may be enlarged to. */
export const sizes = {
  tray: { width: 400, height: 640 },
  wide: { width: 900, height: 700 },
} as const;
export type Size = keyof typeof sizes;

/** One state at one size; its theme changes while it stands. */
export interface Shown {
  state: GalleryState;
  size: Size;
}

const types: Partial<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

/** The hour at which all of it plays, so that a picture taken tomorrow is the same one. */
const hour = new Date('2026-03-14T15:09:26Z');
/** One for each of two cores. */
const atOnce = 2;
const opened = '[role=dialog], [role=alertdialog], [role=menu]';

export class Gallery {
  private constructor(
    private readonly directory: string,
    private readonly browser: Browser,
  ) {}

  /** Builds it into a directory, which is the caller's to remove, and opens a browser. */
  static async open(directory: string): Promise<Gallery> {
    await build({ configFile: config, logLevel: 'error', build: { outDir: directory, emptyOutDir: true } });
    return new Gallery(directory, await launchBrowser());
  }

  async close(): Promise<void> {
    await this.browser.close();
  }

  /** Shows each, a few at once, and lets `look` look once it stands still; light, until `setTheme`. */
  async visit(list: readonly Shown[], look: (page: Page, shown: Shown) => Promise<void>): Promise<void> {
    const queue = [...list];
    const work = async (): Promise<void> => {
      const page = await this.#page();
      for (let shown = queue.shift(); shown !== undefined; shown = queue.shift()) {
        await show(page, shown);
        await look(page, shown);
      }
      await page.context().close();
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  async #page(): Promise<Page> {
    const context = await this.browser.newContext({
      reducedMotion: 'reduce',
      locale: 'en-GB',
      timezoneId: 'UTC',
    });
    await context.route('**', async (route) => {
      const { pathname } = new URL(route.request().url());
      const body = await readFile(join(this.directory, pathname)).catch(() => null);
      if (body === null) return route.abort();
      return route.fulfill({ body, contentType: types[extname(pathname)] ?? 'application/octet-stream' });
    });
    await context.clock.setFixedTime(hour);
    return context.newPage();
  }
}

/** Every state at every size. */
export function everything(): Shown[] {
  return states.flatMap((state) => (['tray', 'wide'] as const).map((size) => ({ state, size })));
}

/** Every file there is a picture in. */
export function pictureFiles(): string[] {
  return everything().flatMap((shown) => themes.map((theme) => pictureFile(shown, theme)));
}

export function pictureFile({ state, size }: Shown, theme: Theme): string {
  const { width, height } = sizes[size];
  return `${state.name}-${theme}-${width}x${height}.png`;
}

/** Changes the system's theme, as somebody's evening does, and waits until all of it has followed. */
export async function setTheme(page: Page, theme: Theme): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await page.locator(`html[data-theme=${theme}]`).waitFor({ state: 'attached' });
  await page.evaluate(frames);
}

/** Gives the window another size, and waits until what measures itself has done so. */
export async function setSize(page: Page, size: { width: number; height: number }): Promise<void> {
  await page.setViewportSize(size);
  await page.evaluate(frames);
}

/** Two frames: what was changed is drawn, and what was measured then is drawn too. */
const frames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))';

/** What the state is about may be further down. */
const faultIntoView = `(() => {
  const fault = document.querySelector('.fault');
  if (fault?.getBoundingClientRect().bottom > innerHeight) fault.scrollIntoView({ block: 'center' });
})()`;

async function show(page: Page, { state: { name, press }, size }: Shown): Promise<void> {
  await page.setViewportSize(sizes[size]);
  await page.emulateMedia({ colorScheme: 'light' });
  // Away first: another hash of the same page alone would not load it anew.
  await page.goto('about:blank');
  await page.goto(`${origin}/index.html#${name}`);
  await page.locator('h1:visible').first().waitFor();
  if (press !== undefined) await page.locator(opened).first().waitFor();
  await page.evaluate('document.fonts.ready.then(() => null)');
  await page.evaluate(faultIntoView);
  await setTheme(page, 'light');
}
