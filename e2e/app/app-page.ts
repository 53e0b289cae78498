/**
 * The app's page in a browser, and a bridge to main in the place of the preload script. No server: the browser's
 * requests are answered here, with the app's own policy.
 */
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { AppCore } from '../../src/main/app-core.js';
import { paced, stateIntervalMs, type Paced } from '../../src/main/paced.js';
import { pageFile, pageOrigin } from '../../src/main/page-files.js';
import { defaultSize } from '../../src/main/window-place.js';
import type { AppState } from '../../src/shared/app-contract.js';
import { bindingName, bridgeScript, receiverName } from './page-scripts.js';

/** As the browser knows it: it would not take a scheme of our own. */
export const origin = 'http://localhost';
/** The page's files, as they are built. */
export const pageFiles = fileURLToPath(new URL('../../dist-app/renderer', import.meta.url));

export interface PageOptions {
  size?: { width: number; height: number };
  /** Pixels for each of the page's: 2 with half the size is a zoom of 200 %. */
  scale?: number;
  /** Runs in the page before any of its own. */
  script?: string;
}

/** A page with a bridge, showing nothing yet; what it asks is noted in `asked`. */
export async function openPage(
  browser: Browser,
  core: AppCore,
  { size = defaultSize, scale = 1, script }: PageOptions,
  asked: string[],
): Promise<Page> {
  const context = await browser.newContext({ viewport: size, deviceScaleFactor: scale, colorScheme: 'light' });
  await servePage(context);
  await connectBridge(context, core, asked);
  if (script !== undefined) await context.addInitScript(script);
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  return page;
}

async function servePage(context: BrowserContext): Promise<void> {
  await context.route('**', async (route) => {
    const url = route.request().url();
    if (!url.startsWith(`${origin}/`)) return route.abort();
    const { status, headers, body } = await pageFile(url.replace(origin, pageOrigin), pageFiles);
    return route.fulfill({ status, headers, body });
  });
}

/** Passes on what the page's bridge is asked, with who asked. */
async function connectBridge(context: BrowserContext, { handlers }: AppCore, asked: string[]): Promise<void> {
  await context.exposeBinding(bindingName, ({ page, frame }, kind: 'call' | 'act', name: unknown, params: unknown) => {
    asked.push(String(name));
    return handlers[kind]({ url: frame.url(), topFrame: frame === page.mainFrame() }, name, params);
  });
  await context.addInitScript(bridgeScript);
}

/** The states on their way into the page, paced as by src/main/electron/window.ts. */
export class StateLine {
  mute = false;
  readonly #send: Paced<AppState>;

  constructor(
    private readonly core: AppCore,
    page: Page,
  ) {
    this.#send = paced((state) => {
      // Between two pages there is nobody to tell.
      void page.evaluate(`window.${receiverName}?.(${JSON.stringify(state)})`).catch(() => undefined);
    }, stateIntervalMs);
    core.model.onChange((state) => {
      if (!this.mute) this.#send(state);
    });
  }

  now(): void {
    this.#send(this.core.model.state);
  }
}
