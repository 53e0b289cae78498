/** The state most designed states differ from by one thing. */
import type { AppState } from '../../shared/app-contract.js';
import { overlayAddresses } from '../../shared/overlay-address.js';
import type { Status } from '../../shared/status.js';
import { everybody, sampleId } from './people.js';

const nodeId = sampleId('ada');

export const sampleStatus: Status = {
  state: 'up',
  failure: null,
  wish: 'up',
  version: '0.1.0',
  nodeId,
  name: 'ada-laptop',
  ...overlayAddresses(nodeId),
  tun: { name: 'rayfish0', mtu: 1280 },
  ipv6Only: false,
  ports: [45820],
  warnings: [],
  requests: [],
  drops: { 'not-overlay': 214, 'peer-not-connected': 38, 'gate-closed': 3 },
  peers: everybody,
};

export const sampleState: AppState = {
  link: { kind: 'connected', level: 'operator' },
  status: sampleStatus,
  service: { kind: 'none' },
  settings: { theme: 'system', startAtLogin: true, notifyPeerOnline: false, showInDock: false, welcomed: true },
  deepLink: null,
  platform: 'linux',
  versions: { app: '0.1.0', helper: '0.1.0', electron: '45.4.1' },
  trayless: false,
  online: true,
  pages: ['documentation', 'report-problem'],
  wantedPage: null,
};

/** The sample with another status. */
export function withStatus(changes: Partial<Status>, app: Partial<AppState> = {}): AppState {
  return { ...sampleState, ...app, status: { ...sampleStatus, ...changes } };
}
