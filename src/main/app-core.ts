/** The app without its desktop: state, connection, settings and handlers, put together. Knows nothing of Electron. */
import { join } from 'node:path';
import type { AppState } from '../shared/app-contract.js';
import { version } from '../shared/version.js';
import { AppModel } from './app-model.js';
import { createHandlers, type Desktop, type Handlers } from './handlers.js';
import { HelperConnection } from './helper-connection.js';
import type { LoginItem } from './login-item.js';
import { pages } from './pages.js';
import { Preferences } from './preferences.js';
import { ServiceStart, type AskAdministrator, type ServiceInstaller } from './service-start.js';

export interface AppCoreOptions {
  socketPath: string;
  /** True where the user named the socket: then it need not belong to root. */
  trustPath: boolean;
  /** Where the app keeps its own settings. */
  dataDirectory: string;
  /** Scheme and host of the window's page. */
  origin: string;
  platform: AppState['platform'];
  electronVersion: string;
  loginItem: LoginItem;
  installer: ServiceInstaller;
  askAdministrator: AskAdministrator;
  desktop: Desktop;
}

export interface AppCore {
  model: AppModel;
  handlers: Handlers;
  helper: HelperConnection;
  service: ServiceStart;
}

/** The helper is dialled from here on; `helper.stop()` ends it. */
export async function createAppCore(options: AppCoreOptions): Promise<AppCore> {
  const preferences = await Preferences.load(join(options.dataDirectory, 'app-settings.json'), options.loginItem);
  const versions = { app: version, helper: null, electron: options.electronVersion };
  const model = new AppModel({
    link: { kind: 'connecting', since: Date.now() },
    status: null,
    service: { kind: 'none' },
    settings: preferences.current,
    deepLink: null,
    wantedPage: null,
    platform: options.platform,
    versions,
    trayless: false,
    online: true,
    pages: [...pages.keys()],
  });
  const helper = new HelperConnection({
    socketPath: options.socketPath,
    trustPath: options.trustPath,
    client: `app/${version}`,
    serviceInstalled: () => options.installer.installed(),
    onLink: (link) => {
      model.change({ link });
    },
    onStatus: (status, link, helperVersion) => {
      // Whatever the last attempt to start it came to, it runs.
      const service = model.state.service.kind === 'running' ? model.state.service : ({ kind: 'none' } as const);
      model.change({ status, link, service, versions: { ...versions, helper: helperVersion } });
    },
  });
  const service = new ServiceStart(
    options.installer,
    options.askAdministrator,
    (task) => {
      model.change({ service: task });
    },
    () => {
      helper.redial();
    },
  );
  const handlers = createHandlers({ ...options, model, helper, preferences, service });
  helper.start();
  return { model, handlers, helper, service };
}
