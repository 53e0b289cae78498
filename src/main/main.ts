/** The app: one instance, a tray, a window when wanted. Everything that decides lies beside this, without Electron. */
import { app, clipboard, dialog, nativeTheme, powerMonitor, shell, type Tray } from 'electron';
import { join } from 'node:path';
import { removeLeftovers } from '../service/staging.js';
import { defaultSocketPath } from '../shared/helper-socket.js';
import type { AppState, ProjectPage } from '../shared/app-contract.js';
import { createAppCore, type AppCore } from './app-core.js';
import { askByOsascript } from './darwin-prompt.js';
import { deepLinkAmong } from './deep-link.js';
import { serveBridge } from './electron/bridge.js';
import { collectDeepLinks } from './electron/deep-links.js';
import { denyPermissions, lockDown } from './electron/lockdown.js';
import { systemLoginItem } from './electron/login-item.js';
import { setApplicationMenu } from './electron/menu.js';
import { notify } from './electron/notifications.js';
import { declarePageProtocol, servePages } from './electron/page-protocol.js';
import { quitter } from './electron/quit.js';
import { showTray } from './electron/tray.js';
import { AppWindow } from './electron/window.js';
import { askByPolkit } from './linux-prompt.js';
import { atLoginArgument } from './login-item.js';
import { watchOnline } from './online.js';
import { pageOrigin } from './page-files.js';
import { pages } from './pages.js';
import { serviceInstaller } from './service-installer.js';
import { awaitTrayHost } from './tray-host.js';
import type { TrayCommand } from './tray-view.js';

/** How long a panel may take to come up after login. */
const panelPatienceMs = 20_000;
/** How long a hidden window is kept; RAYFISH_WINDOW_RELEASE_MS is for whoever can't wait that long. */
const releaseAfterMs = Number(process.env['RAYFISH_WINDOW_RELEASE_MS'] ?? 5 * 60_000);

lockDown();
declarePageProtocol();
if (app.requestSingleInstanceLock()) {
  void run().catch((thrown: unknown) => {
    dialog.showErrorBox('Rayfish can’t start', String(thrown));
    app.exit(1);
  });
} else app.quit();

async function run(): Promise<void> {
  const links = collectDeepLinks();
  await app.whenReady();
  denyPermissions();
  servePages(join(app.getAppPath(), 'dist-app', 'renderer'));
  void removeLeftovers();
  const core = await createAppCore(coreOptions());
  const { model, helper } = core;
  serveBridge(core.handlers);
  watchOnline(model);

  let tray: Tray | null = null;
  const window = new AppWindow({
    model,
    preload: join(app.getAppPath(), 'dist-app', 'preload.cjs'),
    icon: asset('icon.png'),
    placeFile: join(app.getPath('userData'), 'window.json'),
    trayBounds: () => tray?.getBounds() ?? null,
    releaseAfterMs,
  });
  const open = (page: AppState['wantedPage']): void => {
    if (page !== null) model.change({ wantedPage: page });
    void window.show().catch((thrown: unknown) => {
      dialog.showErrorBox('Rayfish can’t open its window', String(thrown));
    });
  };
  const quit = quitter(core);
  setApplicationMenu(quit);
  notify(model, open);
  if (process.platform === 'darwin') followTheme(core);
  links.deliver((link) => {
    model.change({ deepLink: link });
    open('add');
  });
  app.on('second-instance', (_event, argv) => {
    if (deepLinkAmong(argv) === null) open(null);
  });
  app.on('activate', () => {
    open(null);
  });
  // The tray stays.
  app.on('window-all-closed', () => undefined);
  app.on('will-quit', () => {
    helper.stop();
  });
  powerMonitor.on('resume', () => {
    helper.nudge();
  });

  const atLogin =
    process.argv.includes(atLoginArgument) ||
    (process.platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin);
  if (!atLogin) open(null);
  const trayless = process.platform === 'linux' && !(await awaitTrayHost(atLogin ? panelPatienceMs : 0));
  model.change({ trayless });
  if (trayless) open(null);
  else tray = showTray(model, asset('tray'), performer(core, open, quit));
}

function coreOptions(): Parameters<typeof createAppCore>[0] {
  const namedSocket = process.env['RAYFISH_SOCKET'] ?? '';
  return {
    socketPath: namedSocket === '' ? defaultSocketPath() : namedSocket,
    trustPath: namedSocket !== '',
    dataDirectory: app.getPath('userData'),
    origin: pageOrigin,
    platform: process.platform === 'darwin' ? 'darwin' : 'linux',
    electronVersion: process.versions.electron,
    loginItem: systemLoginItem(),
    installer: serviceInstaller(serviceBundle()),
    askAdministrator: process.platform === 'darwin' ? askByOsascript : askByPolkit,
    desktop: {
      copyText,
      openPage,
      quit: () => {
        app.quit();
      },
    },
  };
}

/** What the tray's items do. */
function performer({ helper, service }: AppCore, open: (page: AppState['wantedPage']) => void, quit: () => void) {
  const toggle = (method: 'up' | 'down'): void => {
    // The window says why it did not work.
    void helper.call(method, {}).catch(() => {
      open(null);
    });
  };
  return (command: TrayCommand): void => {
    switch (command.do) {
      case 'connect':
        toggle('up');
        return;
      case 'disconnect':
        toggle('down');
        return;
      case 'start-service':
        open(null);
        void service.run();
        return;
      case 'copy':
        copyText(command.text);
        return;
      case 'open':
        open(command.page);
        return;
      case 'open-page':
        openPage(command.page);
        return;
      case 'quit':
        quit();
        return;
    }
  };
}

/** A clipboard that belongs to another program just now stays as it is. */
function copyText(text: string): void {
  void clipboard.writeText(text).catch(() => undefined);
}

/** In the browser. Where there is none, nothing happens: the address is nothing to type off a message. */
function openPage(page: ProjectPage): void {
  const url = pages.get(page);
  if (url !== undefined) void shell.openExternal(url).catch(() => undefined);
}

/** The window's frame is the system's there. Everywhere else its theme is the page's alone: the panel has its own. */
function followTheme({ model }: AppCore): void {
  nativeTheme.themeSource = model.state.settings.theme;
  model.onChange(({ settings }, previous) => {
    if (settings.theme !== previous.settings.theme) nativeTheme.themeSource = settings.theme;
  });
}

/** What the background service is installed from. */
function serviceBundle(): string {
  return app.isPackaged ? join(process.resourcesPath, 'service') : join(app.getAppPath(), 'build', 'service');
}

function asset(name: string): string {
  return join(app.getAppPath(), 'assets', 'icons', name);
}
