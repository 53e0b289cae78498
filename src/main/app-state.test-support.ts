/** For tests: an app connected to a helper that is up. */
import { status } from '../cli/fake-helper.test-support.js';
import type { AppState } from '../shared/app-contract.js';

export function appState(parts: Partial<AppState> = {}): AppState {
  return {
    link: { kind: 'connected', level: 'operator' },
    status: status(),
    service: { kind: 'none' },
    settings: { theme: 'system', startAtLogin: false, notifyPeerOnline: false, showInDock: false, welcomed: true },
    deepLink: null,
    wantedPage: null,
    platform: 'linux',
    versions: { app: '0.1.0', helper: '0.1.0', electron: '45.0.0' },
    trayless: false,
    online: true,
    pages: ['documentation', 'report-problem'],
    ...parts,
  };
}
