/** Every designed state, by name: what the gallery shows and what is photographed. */
import type { AppState } from '../../shared/app-contract.js';
import { buildInvite } from '../../shared/invite.js';
import type { Status, Warning } from '../../shared/status.js';
import type { View } from '../store/app-store.js';
import * as people from './people.js';
import { sampleState, sampleStatus, withStatus } from './sample-state.js';

export interface GalleryState {
  name: string;
  app: AppState;
  view?: View;
  drafts?: Record<string, string>;
  dialog?: 'invite' | 'quit';
  /** Errors of calls that were tried. */
  errors?: Record<string, string>;
  /** Pressed once it is drawn: the accessible name of a button. */
  press?: string;
}

const firstRun: Partial<AppState> = { settings: { ...sampleState.settings, welcomed: false } };
const nothing: AppState = { ...sampleState, status: null, versions: { ...sampleState.versions, helper: null } };
const notInstalled: AppState = { ...nothing, ...firstRun, link: { kind: 'not-installed' } };
const stopped: AppState = { ...sampleState, link: { kind: 'stopped' } };
const command = 'sudo /opt/Rayfish/resources/rayfish service install --operator ada';

function failed(code: string, message: string, changes: Partial<Status> = {}): AppState {
  return withStatus({ state: 'failed', failure: { code, message }, tun: null, ports: [], ...changes });
}

function warned(...warnings: Partial<Warning>[]): Status['warnings'] {
  return warnings.map((warning) => ({ code: 'cgnat-conflict', message: '', sticky: false, ...warning }));
}

function peerView(peer: { id: string }): View {
  return { kind: 'peer', id: peer.id };
}

const cgnat = {
  code: 'cgnat-conflict',
  message: 'Tailscale (tailscale0, 100.101.7.9) is using the 100.x range. We’re using IPv6 only; both work.',
  interface: 'tailscale0',
  address: '100.101.7.9',
} as const;

const otherVersion = 'The background service is of another version than this app. Install it again, or restart it.';
const newFriend = people.sampleId('zoe');

export const states: readonly GalleryState[] = [
  { name: 'connecting-to-service', app: { ...nothing, link: { kind: 'connecting', since: people.galleryNow } } },
  { name: 'first-run', app: notInstalled },
  { name: 'first-run-prompt-open', app: { ...notInstalled, service: { kind: 'running' } } },
  { name: 'first-run-prompt-refused', app: { ...notInstalled, service: { kind: 'refused' } } },
  { name: 'first-run-prompt-impossible', app: { ...notInstalled, service: { kind: 'impossible', command } } },
  {
    name: 'first-run-prompt-failed',
    app: { ...notInstalled, service: { kind: 'failed', message: 'The disk is full: /opt has no space left.' } },
  },
  { name: 'first-run-stopped', app: { ...nothing, ...firstRun, link: { kind: 'stopped' } } },
  { name: 'first-run-name', app: withStatus({ peers: [] }, firstRun) },
  { name: 'first-run-friend', app: withStatus({ peers: [] }, firstRun), drafts: { 'welcome named': 'yes' } },
  {
    name: 'first-run-friend-added',
    app: withStatus({ peers: [people.waiting] }, firstRun),
    drafts: { 'welcome named': 'yes' },
  },
  {
    name: 'service-gone',
    app: { ...sampleState, link: { kind: 'connecting', since: people.galleryNow } },
    drafts: { add: 'rayfish://add/typed-' },
  },
  { name: 'service-stopped', app: stopped },
  { name: 'service-stopped-prompt-open', app: { ...stopped, service: { kind: 'running' } } },
  { name: 'service-stopped-prompt-refused', app: { ...stopped, service: { kind: 'refused' } } },
  {
    name: 'service-stopped-impossible',
    app: { ...stopped, service: { kind: 'impossible', command: 'sudo systemctl start rayfish-desktop' } },
  },
  { name: 'service-not-installed', app: { ...nothing, link: { kind: 'not-installed' } } },
  {
    name: 'service-refused',
    app: {
      ...nothing,
      link: {
        kind: 'refused',
        message:
          'Something that doesn’t belong to the administrator answers in the background service’s place, so Rayfish doesn’t talk to it.',
      },
    },
  },
  {
    name: 'service-refused-question',
    app: { ...nothing, link: { kind: 'refused', message: otherVersion } },
    press: 'Set it up again…',
  },
  { name: 'permission-denied', app: withStatus({}, { link: { kind: 'connected', level: 'anyone' } }) },
  { name: 'starting', app: withStatus({ state: 'starting', peers: [people.connecting, people.idle] }) },
  { name: 'no-peers', app: withStatus({ peers: [] }) },
  { name: 'connected', app: sampleState },
  { name: 'connected-relayed-only', app: withStatus({ peers: [people.relayed, people.offline] }) },
  { name: 'nobody-there', app: withStatus({ peers: [people.offline, people.idle] }) },
  { name: 'offline', app: withStatus({ peers: [people.offline, people.idle] }, { online: false }) },
  { name: 'waiting-for-them', app: withStatus({ peers: [people.waiting] }) },
  { name: 'standby', app: withStatus({ state: 'standby', wish: 'standby' }) },
  { name: 'stopping', app: withStatus({ state: 'stopping' }) },
  { name: 'request', app: withStatus({ requests: [people.carla], peers: [people.bob] }) },
  {
    name: 'request-block-question',
    app: withStatus({ requests: [people.carla], peers: [people.bob] }),
    press: 'Block…',
  },
  { name: 'cgnat', app: withStatus({ ipv6Only: true, warnings: warned(cgnat) }) },
  {
    name: 'warnings',
    app: withStatus({
      warnings: warned(
        {
          code: 'firewall-blocks-tunnel',
          message:
            'Peers cannot reach services on this device: its firewall (ufw) drops what arrives through the tunnel. Allow incoming traffic on interface rayfish0 there.',
          interface: 'rayfish0',
        },
        {
          code: 'peers-unreadable',
          message: 'Your list of peers could not be read and begins anew; the damaged file was kept beside it.',
          sticky: true,
        },
        {
          code: 'port-taken',
          message:
            'Another program uses UDP port 45820; Rayfish uses 51011 this time. Nothing to do, unless a router or firewall was set up for that port.',
        },
      ),
    }),
  },
  { name: 'trayless', app: { ...sampleState, trayless: true } },
  { name: 'failed-device-lost', app: failed('tun-lost', 'Nothing passes any more: the tunnel device was taken away.') },
  {
    name: 'failed-port-taken',
    app: failed('endpoint-failed', 'Rayfish cannot open its network sockets: address in use.'),
  },
  { name: 'failed-no-tun', app: failed('tun-unavailable', 'Rayfish cannot make its tunnel device: no such file.') },
  {
    name: 'failed-conflict-refused',
    app: failed(
      'cgnat-conflict',
      'Rayfish is not running: Tailscale (tailscale0, 100.101.7.9) is using the 100.x range. Turn that off, or set ipv6-only to auto and use both.',
    ),
  },
  {
    name: 'failed-identity-unreadable',
    app: failed('identity-unreadable', 'This device’s identity cannot be read.', {
      nodeId: '',
      ipv4: '',
      ipv6: '',
      peers: [],
    }),
  },
  {
    name: 'failed-identity-question',
    app: failed('identity-unreadable', 'This device’s identity cannot be read.', {
      nodeId: '',
      ipv4: '',
      ipv6: '',
      peers: [],
    }),
    press: 'New identity…',
  },
  {
    name: 'failed-other',
    app: failed(
      'network-configuration',
      'Cannot set the address of rayfish0: the system refuses (Operation not supported).',
    ),
  },
  {
    name: 'power-failed',
    app: withStatus({ state: 'standby', wish: 'standby' }),
    errors: { power: 'Nothing was changed: the disk is full.' },
  },
  { name: 'add-valid', app: sampleState, drafts: { add: newFriend } },
  {
    name: 'add-invite',
    app: sampleState,
    drafts: { add: buildInvite({ id: newFriend, addresses: ['203.0.113.9:45820'], relay: null, name: 'zoe-desktop' }) },
  },
  { name: 'add-malformed', app: sampleState, drafts: { add: newFriend.slice(0, 47) } },
  { name: 'add-web-address', app: sampleState, drafts: { add: 'https://example.net/invite/42' } },
  { name: 'add-own', app: sampleState, drafts: { add: sampleStatus.nodeId } },
  { name: 'add-known', app: sampleState, drafts: { add: people.bob.id } },
  { name: 'invite', app: sampleState, press: 'Invite' },
  { name: 'peer-direct', app: sampleState, view: peerView(people.bob) },
  { name: 'peer-relayed', app: sampleState, view: peerView(people.relayed) },
  { name: 'peer-waiting', app: sampleState, view: peerView(people.waiting) },
  { name: 'peer-paused', app: sampleState, view: peerView(people.paused) },
  { name: 'peer-offline', app: sampleState, view: peerView(people.offline) },
  { name: 'peer-blocked', app: sampleState, view: peerView(people.blocked) },
  { name: 'peer-remove-question', app: sampleState, view: peerView(people.bob), press: 'Remove…' },
  { name: 'settings', app: sampleState, view: { kind: 'settings' } },
  {
    name: 'settings-fault',
    app: sampleState,
    view: { kind: 'settings' },
    drafts: { 'setting relay': 'relay.example' },
    errors: {
      'setting relay':
        '‘relay.example’ is not a value for relay; it takes default, none, or one to eight web addresses (https://…) separated by spaces.',
    },
  },
  { name: 'settings-macos-read-only', app: { ...stopped, platform: 'darwin' }, view: { kind: 'settings' } },
  { name: 'diagnostics', app: sampleState, view: { kind: 'diagnostics' } },
  { name: 'menu', app: sampleState, press: 'More' },
  { name: 'quit', app: sampleState, dialog: 'quit' },
  {
    name: 'hostile-names',
    app: withStatus({ requests: [people.hostileRequest], peers: [people.hostile, people.bob] }),
  },
  { name: 'hostile-peer', app: withStatus({ peers: [people.hostile] }), view: peerView(people.hostile) },
  { name: 'many-peers', app: withStatus({ peers: people.crowd(500) }) },
  { name: 'many-peers-none-found', app: withStatus({ peers: people.crowd(500) }), drafts: { search: 'kitchen' } },
];
