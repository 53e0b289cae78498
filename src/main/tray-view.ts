/** What the tray shows: a pure function of the app's state. One menu, one level of submenus, every state in words. */
import type { AppState, HelperLink, ProjectPage } from '../shared/app-contract.js';
import type { PeerStatus, Status } from '../shared/status.js';
import { shownName } from './shown-name.js';

/** Shapes, not only colours; each is a family of files in assets/icons/tray. */
export type TrayIcon = 'off' | 'connecting' | 'on' | 'attention' | 'missing';

export type TrayCommand =
  | { do: 'connect' | 'disconnect' | 'start-service' | 'quit' }
  | { do: 'copy'; text: string }
  | { do: 'open'; page: AppState['wantedPage'] }
  | { do: 'open-page'; page: ProjectPage };

export type TrayItem =
  | { kind: 'text'; label: string }
  | { kind: 'separator' }
  | { kind: 'command'; label: string; command: TrayCommand }
  | { kind: 'submenu'; label: string; items: TrayItem[] };

export interface TrayView {
  icon: TrayIcon;
  tooltip: string;
  menu: TrayItem[];
}

/** Peers a menu can show without becoming a list to scroll; the window has them all. */
const maxPeers = 20;
/** Characters of a name; the menu has to stay narrower than the screen. */
const maxName = 32;

export function trayView(state: AppState): TrayView {
  const { icon, text } = summary(state);
  const status = state.link.kind === 'connected' ? state.status : null;
  return {
    icon,
    tooltip: `Rayfish: ${text}`,
    menu: [
      { kind: 'text', label: text },
      ...(status === null ? linkItems(state) : tunnelItems(status, state.link)),
      { kind: 'separator' },
      ...(status === null || status.nodeId === '' ? [] : deviceItems(status)),
      open('Open Rayfish', null),
      open('Settings…', 'settings'),
      helpItem(state),
      { kind: 'separator' },
      { kind: 'command', label: quitLabel(status), command: { do: 'quit' } },
    ],
  };
}

/** Whether two views say the same but for round-trip times. */
export function differsOnlyInTimes(one: TrayView, other: TrayView): boolean {
  const timeless = (view: TrayView): string => JSON.stringify(view).replace(/ · \d+ ms"/g, '"');
  return timeless(one) === timeless(other);
}

function summary(state: AppState): { icon: TrayIcon; text: string } {
  const { link, status } = state;
  if (state.service.kind === 'running') return { icon: 'connecting', text: 'Starting the background service…' };
  switch (link.kind) {
    case 'connecting':
      if (status !== null) return { icon: 'missing', text: 'The background service isn’t answering' };
      return { icon: 'connecting', text: 'Looking for the background service…' };
    case 'not-installed':
      return { icon: 'missing', text: 'The background service isn’t installed' };
    case 'stopped':
      return { icon: 'missing', text: 'The background service isn’t running' };
    case 'refused':
      return { icon: 'missing', text: 'The background service can’t be used' };
    case 'connected':
      return status === null ? { icon: 'connecting', text: 'Connecting…' } : tunnelSummary(status, state.online);
  }
}

function tunnelSummary(status: Status, online: boolean): { icon: TrayIcon; text: string } {
  switch (status.state) {
    case 'starting':
      return { icon: 'connecting', text: 'Connecting…' };
    case 'stopping':
      return { icon: 'connecting', text: 'Disconnecting…' };
    case 'stopped':
      return { icon: 'off', text: 'Off' };
    case 'standby':
      return { icon: attention(status) ? 'attention' : 'off', text: 'Off · peers see this device as paused' };
    case 'failed':
      return { icon: 'attention', text: 'Not working · open Rayfish to see why' };
    case 'up':
      if (!online && !status.peers.some(isConnected)) {
        return { icon: 'connecting', text: 'You’re offline · reconnects automatically' };
      }
      return { icon: attention(status) ? 'attention' : 'on', text: upText(status.peers) };
  }
}

/** Somebody waits for the owner, or a file of theirs was lost. */
function attention(status: Status): boolean {
  return status.requests.length > 0 || status.warnings.some(({ sticky }) => sticky);
}

function isConnected({ state }: PeerStatus): boolean {
  return state === 'connected';
}

/** "Connected" only where somebody is. */
function upText(peers: readonly PeerStatus[]): string {
  const connected = peers.filter(isConnected);
  if (connected.length > 0) {
    const relayed = connected.filter(({ path }) => path?.kind === 'relay').length;
    const direct = connected.length - relayed;
    const parts = [direct > 0 ? `${direct} direct` : '', relayed > 0 ? `${relayed} relayed` : ''];
    return `Connected · ${parts.filter((part) => part !== '').join(', ')}`;
  }
  const known = peers.filter(({ state }) => state !== 'blocked');
  const [only] = known;
  if (only === undefined) return 'On · no peers yet';
  if (known.length === 1) return `On · ${aloneWords(only)}`;
  return 'On · nobody connected';
}

function aloneWords(peer: PeerStatus): string {
  const name = shownName(peer.name, maxName);
  if (peer.state === 'waiting-for-them') return `waiting for ${name}`;
  return peer.state === 'connecting' ? `connecting to ${name}` : `${name} is ${absenceWords(peer)}`;
}

function linkItems({ link, service }: AppState): TrayItem[] {
  if (service.kind === 'running') return [];
  switch (link.kind) {
    case 'not-installed':
      return [open('Set up Rayfish…', null)];
    case 'stopped':
      return [{ kind: 'command', label: 'Start the background service', command: { do: 'start-service' } }];
    case 'refused':
      return [open('Find out why…', null)];
    case 'connecting':
    case 'connected':
      return [];
  }
}

function tunnelItems(status: Status, link: HelperLink): TrayItem[] {
  if (link.kind === 'connected' && link.level === 'anyone') return [open('Get permission to change anything…', null)];
  return [...requestItems(status), toggleItem(status)];
}

/** Only the valid action. */
function toggleItem({ state, wish }: Status): TrayItem {
  if (state === 'failed') return { kind: 'command', label: 'Try again', command: { do: 'connect' } };
  const on = wish === 'up';
  return { kind: 'command', label: on ? 'Disconnect' : 'Connect', command: { do: on ? 'disconnect' : 'connect' } };
}

function requestItems({ requests }: Status): TrayItem[] {
  const [first] = requests;
  if (first === undefined) return [];
  const name = shownName(first.name, maxName);
  const who = name === '' ? 'A device without a name' : `‘${name}’`;
  return [open(requests.length === 1 ? `${who} wants to connect…` : `${requests.length} want to connect…`, 'requests')];
}

function deviceItems(status: Status): TrayItem[] {
  const address = status.ipv6Only ? status.ipv6 : status.ipv4;
  return [
    {
      kind: 'command',
      label: `This device: ${shownName(status.name, maxName)} (${address})`,
      command: { do: 'copy', text: address },
    },
    peersItem(status),
    open('Invite someone…', 'invite'),
  ];
}

function peersItem(status: Status): TrayItem {
  const peers = status.peers.filter(({ state }) => state !== 'blocked');
  if (peers.length === 0) return open('No peers yet · add one…', 'add');
  const sorted = peers
    .map((peer) => ({ peer, rank: peer.state === 'connected' ? 0 : 1 }))
    .sort((a, b) => a.rank - b.rank || a.peer.name.localeCompare(b.peer.name))
    .map(({ peer }) => peer);
  const rest = sorted.length - maxPeers;
  return {
    kind: 'submenu',
    label: 'Peers',
    items: [
      ...sorted.slice(0, maxPeers).map((peer) => peerItem(peer, status.ipv6Only)),
      ...(rest > 0 ? [{ kind: 'separator' as const }, open(`${rest} more in Rayfish…`, null)] : []),
    ],
  };
}

/** Choosing it copies the address. */
function peerItem(peer: PeerStatus, ipv6Only: boolean): TrayItem {
  const connected = peer.state === 'connected';
  const words = connected ? pathWords(peer) : absenceWords(peer);
  return {
    kind: 'command',
    label: `${connected ? '●' : '○'} ${shownName(peer.name, maxName)} · ${words}`,
    command: { do: 'copy', text: ipv6Only ? peer.ipv6 : (peer.ipv4 ?? peer.ipv6) },
  };
}

function pathWords({ path }: PeerStatus): string {
  if (path === null) return 'connected';
  const kind = path.kind === 'direct' ? 'direct' : 'relayed';
  return path.rttMs === null ? kind : `${kind} · ${Math.max(1, Math.round(path.rttMs))} ms`;
}

function absenceWords({ state }: PeerStatus): string {
  switch (state) {
    case 'paused':
      return 'paused';
    case 'connecting':
      return 'connecting';
    case 'waiting-for-them':
      return 'needs to add you too';
    case 'connected':
    case 'idle':
    case 'offline':
    case 'blocked':
      return state;
  }
}

function helpItem({ versions, pages }: AppState): TrayItem {
  const documentation: TrayItem = {
    kind: 'command',
    label: 'Documentation',
    command: { do: 'open-page', page: 'documentation' },
  };
  const service = versions.helper === null ? '' : ` · background service ${versions.helper}`;
  return {
    kind: 'submenu',
    label: 'Help',
    items: [
      open('Diagnose…', 'diagnostics'),
      ...(pages.includes('documentation') ? [documentation] : []),
      { kind: 'text', label: `Rayfish ${versions.app}${service}` },
    ],
  };
}

/** The ellipsis promises a question. */
function quitLabel(status: Status | null): string {
  return status?.wish === 'up' ? 'Quit… (the tunnel can stay on)' : 'Quit';
}

function open(label: string, page: AppState['wantedPage']): TrayItem {
  return { kind: 'command', label, command: { do: 'open', page } };
}
