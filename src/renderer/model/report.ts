/** What a person may paste in public when something does not work: versions, state, counts and log, and nobody's name. */
import { copiedCharacters, type AppState } from '../../shared/app-contract.js';
import type { LogLine } from '../../shared/ipc-contract.js';
import type { Status } from '../../shared/status.js';
import { dropCounts } from './drop-words.js';
import { redacted } from './redact.js';

/** Whom a line is about, who may not be a peer any more and so has no name known here. */
const subject = /^"(?:[^"\\]|\\.)*"/;

/** @param limit longest text; the oldest lines of the log give way. */
export function reportText(app: AppState, log: readonly LogLine[], limit = copiedCharacters): string {
  const { versions, platform, link, online, status } = app;
  const head = [
    `Rayfish ${versions.app}, service ${versions.helper ?? 'unknown'}, Electron ${versions.electron}, ${platform}`,
    `Service: ${link.kind}${link.kind === 'connected' ? ` as ${link.level}` : ''}; ${online ? 'online' : 'offline'}`,
    ...(status === null ? [] : statusLines(status)),
  ];
  const lines = log.map(({ at, level, message }) => `${at} ${level} ${message.replace(subject, '[name]')}`);
  const names = (status?.peers ?? []).flatMap(({ name, claimedName }) => [name, claimedName ?? '']);
  const hide = (text: readonly string[]): string => redacted(text.join('\n'), [status?.name ?? '', ...names]);
  const beginning = `${hide(head)}\n\n`;
  return beginning + hide(lines).slice(-Math.max(1, limit - beginning.length));
}

function statusLines(status: Status): string[] {
  const { state, wish, failure, tun, ipv6Only, ports, warnings, peers, drops } = status;
  const counted = (words: readonly string[]): string =>
    [...new Set(words)].map((word) => `${words.filter((other) => other === word).length} ${word}`).join(', ') || 'none';
  const peerWords = peers.map((peer) => (peer.state === 'connected' ? (peer.path?.kind ?? 'connected') : peer.state));
  return [
    `State: ${state}, wished ${wish}${failure === null ? '' : `, failure ${failure.code}: ${failure.message}`}`,
    `Tunnel: ${tun === null ? 'none' : `${tun.name}, MTU ${tun.mtu}`}, ${ipv6Only ? 'IPv6 only' : 'IPv4 and IPv6'}, UDP ${ports.join(' ')}`,
    `Peers: ${counted(peerWords)}`,
    `Warnings: ${counted(warnings.map(({ code }) => code))}`,
    `Dropped: ${dropCounts(drops)
      .map(({ reason, count }) => `${count} ${reason}`)
      .join(', ')}`,
  ];
}
