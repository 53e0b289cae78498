/** What is worth a notification: decided from the state before and after a change. */
import type { AppState } from '../shared/app-contract.js';
import { plainSentence } from '../shared/plain-text.js';
import { shownName } from './shown-name.js';

export interface Notice {
  title: string;
  body: string;
  /** Where the window goes when it is clicked. */
  page: AppState['wantedPage'];
}

/** Strangers can make requests: they get our attention at most this often. */
const requestPauseMs = 30_000;
/** Characters of a name in a title. */
const maxName = 40;
const conflicts = new Set(['cgnat-conflict', 'overlay-ipv6-conflict']);

export class Notices {
  readonly #announcedRequests = new Set<string>();
  readonly #announcedConflicts = new Set<string>();
  #lastRequestAt = -Infinity;

  /** @param now milliseconds; only differences count. */
  after(state: AppState, previous: AppState, now: number): Notice[] {
    return [
      ...this.#requests(state, now),
      ...this.#conflicts(state),
      ...onlinePeers(state, previous),
      ...helperStopped(state, previous),
    ];
  }

  #requests({ status }: AppState, now: number): Notice[] {
    const requests = status?.requests ?? [];
    const pending = new Set(requests.map(({ id }) => id));
    for (const id of this.#announcedRequests) if (!pending.has(id)) this.#announcedRequests.delete(id);
    const fresh = requests.filter(({ id }) => !this.#announcedRequests.has(id));
    const [first] = fresh;
    if (first === undefined || now - this.#lastRequestAt < requestPauseMs) return [];
    this.#lastRequestAt = now;
    for (const { id } of fresh) this.#announcedRequests.add(id);
    const name = shownName(first.name, maxName);
    const who = name === '' ? 'A device without a name' : `A device calling itself ‘${name}’`;
    const title = fresh.length === 1 ? `${who} wants to connect` : `${fresh.length} devices want to connect`;
    return [{ title, body: 'It reaches nothing here unless you accept.', page: 'requests' }];
  }

  #conflicts({ status }: AppState): Notice[] {
    const warnings = (status?.warnings ?? []).filter(({ code }) => conflicts.has(code));
    const current = new Set<string>(warnings.map(({ code }) => code));
    for (const code of this.#announcedConflicts) if (!current.has(code)) this.#announcedConflicts.delete(code);
    const fresh = warnings.filter(({ code }) => !this.#announcedConflicts.has(code));
    for (const { code } of fresh) this.#announcedConflicts.add(code);
    return fresh.map(({ message }) => ({
      title: 'Another network uses the same addresses',
      // A message names network interfaces, which may be called anything; desktops read markup in a body.
      body: plainSentence(message.replace(/[<>&]+/g, ' ')),
      page: null,
    }));
  }
}

function onlinePeers(state: AppState, previous: AppState): Notice[] {
  // After a new connection to the helper everybody is news, which is none.
  if (!state.settings.notifyPeerOnline || previous.link.kind !== 'connected' || state.link.kind !== 'connected')
    return [];
  const before = new Map(previous.status?.peers.map((peer) => [peer.id, peer.state]));
  const absent = new Set(['offline', 'waiting-for-them', 'paused']);
  return (state.status?.peers ?? [])
    .filter((peer) => peer.state === 'connected' && absent.has(before.get(peer.id) ?? 'connected'))
    .map((peer) => ({ title: `${shownName(peer.name, maxName)} is online`, body: peer.ipv4 ?? peer.ipv6, page: null }));
}

function helperStopped(state: AppState, previous: AppState): Notice[] {
  const stopped = state.link.kind === 'stopped' && previous.link.kind !== 'stopped';
  // At the app's own start there was nothing to lose yet.
  if (!stopped || previous.status === null) return [];
  const body = 'Nothing passes between your devices until it runs again.';
  return [{ title: 'The background service has stopped', body, page: null }];
}
