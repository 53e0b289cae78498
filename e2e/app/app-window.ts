/** The app without Electron: its real main side in this process, its real page in a real browser. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { createAppCore, type AppCore } from '../../src/main/app-core.js';
import type { AppState } from '../../src/shared/app-contract.js';
import type { Helper } from '../helper.js';
import type { World } from '../world.js';
import { openPage, origin, StateLine, type PageOptions } from './app-page.js';
import { launchBrowser } from './browser.js';
import { visibility } from './page-scripts.js';

export interface AppWindowOptions extends PageOptions {
  /** What answers the administrator prompt: "installs" the service. Without it the service counts as installed. */
  install?: () => Promise<unknown>;
  /** False: the first-run screens come. */
  welcomed?: boolean;
}

export class AppWindow {
  /** What the page complained about: errors, and what its policy refused. */
  readonly complaints: string[] = [];

  private constructor(
    readonly core: AppCore,
    readonly page: Page,
    readonly copied: readonly string[],
    /** Everything the page has asked of main, by name, the newest last. */
    readonly asked: readonly string[],
    private readonly tell: StateLine,
  ) {
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
    const asked: string[] = [];
    const page = await openPage(browser, core, options, asked);
    const window = new AppWindow(core, page, copied, asked, new StateLine(core, page));
    await page.goto(`${origin}/index.html`);
    return window;
  }

  /** Hides the window as main does: the page is told, and then nothing more. */
  async hide(): Promise<void> {
    this.tell.mute = true;
    await this.page.evaluate(visibility(true));
  }

  async show(): Promise<void> {
    await this.page.evaluate(visibility(false));
    this.tell.mute = false;
    this.tell.now();
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

async function mustAct({ handlers }: AppCore, action: string, params: unknown): Promise<void> {
  const outcome = await handlers.act({ url: `${origin}/`, topFrame: true }, action, params);
  if (!outcome.ok) throw new Error(outcome.error.message);
}
