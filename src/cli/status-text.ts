/** The status as a page for people: a pure function of the status, the clock and the width. */
import type { Level } from '../shared/ipc-contract.js';
import type { NodeStatus, PeerState, PeerStatus, Request, Status } from '../shared/status.js';
import { printable, table, truncate, wrap, type Cell, type Paint, type Style } from './output.js';
import { ago } from '../shared/quantities.js';
import { claimed, pathWords, peerStateWords, shortId, stateWords } from './words.js';

export interface Page {
  /** What the reader may see; less than all of it is said at the end. */
  level: Level;
  /** Milliseconds since 1970. */
  now: number;
  columns: number;
  paint: Paint;
}

const stateStyles: Partial<Record<PeerState, Style>> = {
  connected: 'green',
  offline: 'dim',
  blocked: 'dim',
  idle: 'dim',
};

/** The whole page, without a newline at its end. */
export function statusText(status: Status, page: Page): string {
  const sections = [
    headline(status, page),
    addressLines(status),
    warningLines(status, page.columns, page.paint),
    requestLines(status.requests, page),
    peerLines(status, page),
  ];
  if (page.level === 'anyone') {
    sections.push([page.paint('dim', 'Shown without requests and peers’ troubles. All of it: sudo rayfish status')]);
  }
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** This device's name, ID, addresses and tunnel. */
export function addressLines(node: NodeStatus): string[] {
  if (node.nodeId === '') return [];
  const tunnel = node.tun === null ? [] : [`${node.tun.name}, MTU ${node.tun.mtu}`];
  const ports = node.ports.length === 0 ? [] : [`UDP port ${node.ports.join(' and ')}`];
  const facts: [string, string][] = [
    ['Name', printable(node.name)],
    ['ID', node.nodeId],
    ['IPv4', node.ipv6Only ? 'not in use (IPv6 only)' : node.ipv4],
    ['IPv6', node.ipv6],
    ['Tunnel', [...tunnel, ...ports].join(', ')],
  ];
  return facts.filter(([, value]) => value !== '').map(([label, value]) => `  ${label.padEnd(8)}${value}`);
}

/** Each warning with what to do about it. */
export function warningLines(node: NodeStatus, columns: number, paint: Paint): string[] {
  return node.warnings.flatMap((warning) => [
    paint('yellow', wrap(`! ${printable(warning.message)}`, columns)),
    ...(warning.sticky ? [`  Once you have seen to it: rayfish dismiss ${warning.code}`] : []),
  ]);
}

function headline(status: Status, { columns, paint }: Page): string[] {
  const words = stateWords[status.state];
  if (status.state === 'up') return [paint('green', words)];
  if (status.state !== 'failed') return [paint('bold', words)];
  const hint =
    status.failure?.code === 'identity-unreadable' ? ['A new identity, if the old one is lost: rayfish id reset'] : [];
  return [paint('red', words), wrap(printable(status.failure?.message ?? ''), columns), ...hint];
}

function requestLines(requests: readonly Request[], { now, columns, paint }: Page): string[] {
  return requests.flatMap((request) => [
    paint('bold', wrap(`${claimed(request)} wants to connect (${ago(request.at, now)}).`, columns)),
    `  ${request.id}`,
    `  Only if you know that ID: rayfish accept ${shortId(request.id)}`,
    `  Otherwise:                rayfish reject ${shortId(request.id)}`,
  ]);
}

function peerLines(status: Status, { now, columns, paint }: Page): string[] {
  if (status.peers.length === 0) {
    return ['No peers yet. Give a friend your ID, and add theirs: rayfish add <their ID>'];
  }
  const head: Cell[] = ['PEER', 'STATE', 'PATH', 'LAST SEEN', 'ADDRESS'].map((text) => ({ text, style: 'dim' }));
  const rows = status.peers.map((peer): Cell[] => {
    const words = peerStateWords[peer.state];
    const style = stateStyles[peer.state];
    return [
      printable(peer.name),
      style === undefined ? words : { text: words, style },
      pathWords(peer.path),
      peer.state === 'connected' || peer.state === 'paused' ? 'now' : ago(peer.lastSeen, now),
      peer.ipv4 ?? 'IPv6 only',
    ];
  });
  const notes = status.peers.flatMap((peer) => note(peer)).map((text) => wrap(text, columns, '  '));
  return [table([head, ...rows], columns, paint), ...(notes.length === 0 ? [] : ['', ...notes])];
}

function note(peer: PeerStatus): string[] {
  const name = truncate(printable(peer.name), 32);
  if (peer.state === 'waiting-for-them') return [`Waiting for ${name}: they need to add you too. Your ID: rayfish id`];
  return peer.problem === null ? [] : [`${name}: ${printable(peer.problem)}`];
}
