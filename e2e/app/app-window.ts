/**
 * The app without Electron: its real main side in this process, its real page in a real browser, between them a bridge
 * in the place of the preload script. No server: the browser's requests are answered here, with the app's own policy.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { createAppCore, type AppCore } from '../../src/main/app-core.js';
import { paced } from '../../src/main/paced.js';
import { pageFile, pageOrigin } from '../../src/main/page-files.js';
import { defaultSize } from '../../src/main/window-place.js';
import type { AppState } from '../../src/shared/app-contract.js';
import type { Helper } from '../helper.js';
import type { World } from '../world.js';
import { launchBrowser } from './browser.js';
import { bindingName, bridgeScript, receiverName } from './page-scripts.js';

/** As the browser knows it: it would not take a scheme of our own. */
const origin = 'http://localhost';
/** The page's files, as they are built. */
export const pageFiles = fileURLToPath(new URL('../../dist-app/renderer', import.meta.url));
/** As in src/main/electron/window.ts. */
const stateIntervalMs = 100;

export interface AppWindowOptions {
  /** What answers the administrator prompt: "installs" the service. Without it the service counts as installed. */
  install?: () => Promise<unknown>;
  /** False: the first-run screens come. */
  welcomed?: boolean;
  size?: { width: number; height: number };
  theme?: 'light' | 'dark';
}

export class AppWindow {
  /** What was copied, the newest last. */
  readonly copied: string[];
  /** What the page complained about: errors, and what its policy refused. */
  readonly complaints: string[] = [];

  private constructor(
    readonly core: AppCore,
    readonly page: Page,
    copied: string[],
  ) {
    this.copied = copied;
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
  }

  /** The app of the machine's owner, opened, with a browser of its own. Ends with the scenario. */
  static async open(world: World, helper: Helper, options: AppWindowOptions = {}): Promise<AppWindow> {
    const copied: string[] = [];
    const core = await startCore(helper, options, copied);
    world.atEnd(() => {
      core.helper.stop();
      return Promise.resolve();
    });
    if (options.welcomed !== false) await mustAct(core, 'set-app-setting', { welcomed: true });
    const browser = await launchBrowser();
    world.atEnd(() => browser.close());
    const window = new AppWindow(core, await openPage(browser, core, options), copied);
    await window.page.goto(`${origin}/index.html`);
    return window;
  }

  heading(name: string | RegExp): Locator {
    return this.page.getByRole('heading', { name, ...(typeof name === 'string' && { exact: true }) });
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, ...(typeof name === 'string' && { exact: true }) });
  }

  get toggle(): Locator {
    return this.page.getByRole('switch', { name: 'Rayfish' });
  }

  get addField(): Locator {
    return this.page.getByLabel('Add somebody: their node ID or an invite');
  }

  /** The row of a peer, by the name in it. */
  peer(name: string): Locator {
    return this.page.locator('.peer-row', { hasText: name });
  }

  /** Resolves with the time (ms since 1970) at which main learns a state of which `holds` is true. */
  learns(holds: (state: AppState) => boolean): Promise<number> {
    return new Promise((resolve) => {
      const stop = this.core.model.onChange((state) => {
        if (!holds(state)) return;
        stop();
        resolve(Date.now());
      });
    });
  }
}

async function startCore(helper: Helper, options: AppWindowOptions, copied: string[]): Promise<AppCore> {
  const dataDirectory = join(helper.machine.directory, 'app');
  await mkdir(dataDirectory, { recursive: true });
  const { install } = options;
  let installed = install === undefined;
  return createAppCore({
    socketPath: helper.socket,
    trustPath: false,
    dataDirectory,
    origin,
    platform: 'linux',
    electronVersion: 'none',
    loginItem: { isEnabled: () => Promise.resolve(false), enable: () => Promise.resolve() },
    installer: {
      installed: () => installed,
      prepareStart: () =>
        Promise.resolve({ command: 'install', terminalCommand: 'install', dispose: () => Promise.resolve() }),
    },
    askAdministrator: async () => {
      await install?.();
      installed = true;
      return { kind: 'done' };
    },
    desktop: {
      copyText: (text) => {
        copied.push(text);
      },
      openPage: () => undefined,
      quit: () => undefined,
    },
  });
}

async function openPage(browser: Browser, core: AppCore, options: AppWindowOptions): Promise<Page> {
  const { size = defaultSize, theme = 'light' } = options;
  const context = await browser.newContext({ viewport: size, colorScheme: theme });
  await connectBridge(context, core);
  const page = await context.newPage();
  const send = paced((state: AppState) => {
    // Between two pages there is nobody to tell.
    void page.evaluate(`window.${receiverName}?.(${JSON.stringify(state)})`).catch(() => undefined);
  }, stateIntervalMs);
  core.model.onChange(send);
  return page;
}

/** Serves the page's files and passes on what its bridge is asked, with who asked. */
async function connectBridge(context: BrowserContext, { handlers }: AppCore): Promise<void> {
  await context.route('**', async (route) => {
    const url = route.request().url();
    if (!url.startsWith(`${origin}/`)) return route.abort();
    const { status, headers, body } = await pageFile(url.replace(origin, pageOrigin), pageFiles);
    return route.fulfill({ status, headers, body });
  });
  await context.exposeBinding(bindingName, ({ page, frame }, kind: 'call' | 'act', name: unknown, params: unknown) =>
    handlers[kind]({ url: frame.url(), topFrame: frame === page.mainFrame() }, name, params),
  );
  await context.addInitScript(bridgeScript);
}

async function mustAct({ handlers }: AppCore, action: string, params: unknown): Promise<void> {
  const outcome = await handlers.act({ url: `${origin}/`, topFrame: true }, action, params);
  if (!outcome.ok) throw new Error(outcome.error.message);
}
