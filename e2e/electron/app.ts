/** The app in a real Electron, on a desktop of its own, beside the helper of one machine. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must, type Argv } from '../command.js';
import type { Helper } from '../helper.js';
import { Process } from '../process.js';
import { eventually } from '../wait.js';
import type { World } from '../world.js';
import { Desktop } from './desktop.js';
import { electron } from './electron.js';
import { bundleForOldElectron } from './old/bundle.js';
import { Session, pagesAt } from './session.js';
import { TrayHost } from './tray-host.js';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
/** Each has a log of its own. */
let starts = 0;

export interface AppOptions {
  /** Nobody shows tray icons. */
  trayless?: boolean;
  /** Further words for the app. */
  arguments?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

export class App {
  private constructor(
    private readonly world: World,
    readonly desktop: Desktop,
    private readonly host: TrayHost | null,
    private readonly argv: Argv,
    private readonly words: readonly string[],
    readonly process: Process,
  ) {}

  /** As the desktop does it at login: nobody asked for a window. */
  static atLogin(world: World, helper: Helper, env: NodeJS.ProcessEnv = {}): Promise<App> {
    return App.open(world, helper, { arguments: ['--at-login'], env });
  }

  /** Starts it without waiting for anything; it ends with the scenario. */
  static async open(world: World, helper: Helper, options: AppOptions = {}): Promise<App> {
    const { directory } = helper.machine;
    const { program, old } = await electron();
    const application = old ? join(directory, 'app') : checkout;
    if (old) await bundleForOldElectron(application);
    const desktop = await Desktop.open(world, directory);
    const host = options.trayless === true ? null : await TrayHost.open(world, desktop);
    await rememberWelcome(desktop);
    Object.assign(desktop.env, { RAYFISH_SOCKET: helper.socket, ...options.env });
    // As root, and for want of a graphics card. In tests only.
    const argv: Argv = [program, '--no-sandbox', '--disable-gpu', application];
    return App.#start(world, desktop, host, argv, options.arguments ?? []);
  }

  static async #start(
    world: World,
    desktop: Desktop,
    host: TrayHost | null,
    argv: Argv,
    words: readonly string[],
  ): Promise<App> {
    const log = join(desktop.directory, `app-${++starts}.log`);
    const process = await Process.start([...argv, '--remote-debugging-port=0', ...words], log, desktop.env);
    world.atEnd(() => process.stop());
    return new App(world, desktop, host, argv, words, process);
  }

  /** Once it has ended: the same on the same desktop. */
  restart(): Promise<App> {
    return App.#start(this.world, this.desktop, this.host, this.argv, this.words);
  }

  get tray(): TrayHost {
    if (this.host === null) throw new Error('nobody shows tray icons here');
    return this.host;
  }

  /** Starts it once more, with these arguments, and waits for the end of that. */
  async launchAgain(...words: string[]): Promise<void> {
    await must([...this.argv, ...words], { env: this.desktop.env });
  }

  /** The window's page, as soon as there is one. */
  async page(): Promise<Session> {
    const address = await eventually('a page', 20_000, async () => {
      const port = await this.#debuggingPort();
      // Before it is loaded it has another address.
      return (await pagesAt(port)).find(({ url }) => url.startsWith('app:'))?.webSocketDebuggerUrl;
    });
    return Session.open(this.world, address);
  }

  /** The addresses of all its pages. */
  async pages(): Promise<string[]> {
    return (await pagesAt(await this.#debuggingPort())).map(({ url }) => url);
  }

  /** Chromium says which one it took. */
  #debuggingPort(): Promise<number> {
    return eventually('a debugging port', 20_000, async () => {
      const port = /DevTools listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(await this.process.output())?.[1];
      return port !== undefined && Number(port);
    });
  }

  /** Waits until the page shows this headline. */
  untilHeadline(page: Session, text: string, limitMs = 15_000): Promise<unknown> {
    return eventually(`the headline ${text}`, limitMs, async () => {
      const shown = await page.evaluate<string>(`document.querySelector('h1')?.textContent ?? ''`);
      if (shown === text) return true;
      throw new Error(`it is “${shown}”`);
    });
  }
}

/** The first-run screens are a matter of the window. */
async function rememberWelcome({ env }: Desktop): Promise<void> {
  const directory = join(env['XDG_CONFIG_HOME'] ?? '', 'Rayfish Desktop');
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'app-settings.json'), JSON.stringify({ welcomed: true }));
}
