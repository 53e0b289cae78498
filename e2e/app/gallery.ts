/** The renderer's gallery in a real browser: every designed state, in both themes, at two sizes. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { launchBrowser } from './browser.js';

const config = fileURLToPath(new URL('../../src/renderer/gallery/vite.config.ts', import.meta.url));
const origin = 'http://localhost';

export const themes = ['light', 'dark'] as const;
export const sizes = [
  { width: 400, height: 640 },
  { width: 900, height: 700 },
] as const;

export interface Shown {
  state: string;
  theme: (typeof themes)[number];
  size: (typeof sizes)[number];
}

const types: Partial<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

/** How many pages are looked at at once: one for each of two cores, and one that waits. */
const atOnce = 3;

export class Gallery {
  private constructor(
    private readonly directory: string,
    private readonly browser: Browser,
  ) {}

  /** Builds it and opens a browser; `close` removes both. */
  static async open(): Promise<Gallery> {
    const directory = await mkdtemp(join(tmpdir(), 'rayfish-gallery-'));
    await build({ configFile: config, logLevel: 'error', build: { outDir: directory, emptyOutDir: true } });
    return new Gallery(directory, await launchBrowser());
  }

  async close(): Promise<void> {
    await this.browser.close();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** The names of the states. */
  async states(): Promise<string[]> {
    const page = await this.#page(sizes[0]);
    await page.goto(`${origin}/index.html`);
    const names = await page
      .locator('iframe')
      .evaluateAll((frames: { title: string }[]) => frames.map((each) => each.title));
    await page.close();
    return names;
  }

  /** Shows each, a few at once, and lets `look` look once it stands still. */
  async visit(list: readonly Shown[], look: (page: Page, shown: Shown) => Promise<void>): Promise<void> {
    const queue = [...list];
    const work = async (): Promise<void> => {
      for (let shown = queue.shift(); shown !== undefined; shown = queue.shift()) {
        const page = await this.#page(shown.size);
        await page.goto(`${origin}/index.html#${shown.state}/${shown.theme}`);
        await page.locator('h1').first().waitFor();
        await page.evaluate('document.fonts.ready');
        // Whatever is pressed, opened or measured after the first frame.
        await page.waitForTimeout(250);
        await look(page, shown);
        await page.context().close();
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  }

  async #page(size: Shown['size']): Promise<Page> {
    const context = await this.browser.newContext({ viewport: size, reducedMotion: 'reduce' });
    await context.route('**', async (route) => {
      const { pathname } = new URL(route.request().url());
      const body = await readFile(join(this.directory, pathname)).catch(() => null);
      if (body === null) return route.abort();
      return route.fulfill({ body, contentType: types[extname(pathname)] ?? 'application/octet-stream' });
    });
    return context.newPage();
  }
}

/** Every state in every theme at every size. */
export function everything(states: readonly string[]): Shown[] {
  return states.flatMap((state) => themes.flatMap((theme) => sizes.map((size) => ({ state, theme, size }))));
}

/** The file a picture of it is kept in. */
export function fileOf({ state, theme, size }: Shown): string {
  return `${state}-${theme}-${size.width}x${size.height}.png`;
}
