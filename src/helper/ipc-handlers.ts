/** What each method of the contract does. Who may call it was decided before, and its parameters are parsed. */
import { Failure } from '../shared/errors.js';
import { buildInvite } from '../shared/invite.js';
import { ipcProtocol, type Level, type Method, type Params, type Result } from '../shared/ipc-contract.js';
import type { PeerStatus, Status } from '../shared/status.js';
import { version } from '../shared/version.js';
import { visibleStatus } from './authorization.js';
import type { Engine } from './engine.js';
import { quoted, type Logs } from './logs.js';
import type { State } from './state.js';

/** How old the status may be that callers without rights see. */
const publicStatusMs = 100;

/** The connection a call came by. */
export interface Caller {
  level: Level;
  /** From now on it receives status events. */
  subscribe(): void;
  /** From now on it receives log lines. */
  followLogs(): void;
}

export type Handlers = {
  [M in Method]: (params: Params<M>, caller: Caller) => Result<M> | Promise<Result<M>>;
};

export interface HandlerParts {
  engine: Engine;
  state: State;
  logs: Logs;
}

export function createHandlers({ engine, state, logs }: HandlerParts): Handlers {
  const { book, mesh } = engine;

  const peerOf = (id: string): PeerStatus => {
    const peer = engine.status().peers.find((candidate) => candidate.id === id);
    if (peer === undefined) throw new Failure('peer-unknown', 'This peer was removed meanwhile.');
    return peer;
  };
  /** After a change of the peer store: applied, told, answered. */
  const changed = (id: string, did: string): { peer: PeerStatus } => {
    engine.peersChanged();
    logs.info(`${quoted(book.nameOf(id))} (${id}) was ${did}.`);
    return { peer: peerOf(id) };
  };

  /** What takes a permission away holds even where it could not be saved. */
  const revoked = <T>(revoke: () => T): T => {
    try {
      return revoke();
    } finally {
      engine.peersChanged();
    }
  };
  /** Anybody may ask as often as they like: those without rights share one look. */
  let seen: { at: number; status: Status } | null = null;
  const publicStatus = (): Status => {
    if (seen === null || performance.now() - seen.at > publicStatusMs) {
      seen = { at: performance.now(), status: visibleStatus(engine.status(), 'anyone') };
    }
    return seen.status;
  };

  return {
    hello: ({ protocol }, { level }) => {
      if (protocol === ipcProtocol) return { protocol: ipcProtocol, version, level };
      throw new Failure(
        'protocol-mismatch',
        `The Rayfish helper is of version ${version} and speaks protocol ${ipcProtocol}, this program ${protocol}. ` +
          'Use the same version of both; after an update, restart the helper.',
      );
    },
    status: (_, { level }) => (level === 'anyone' ? publicStatus() : visibleStatus(engine.status(), level)),
    subscribe: (_, caller) => {
      caller.subscribe();
      return {};
    },
    up: async () => {
      await engine.setWish('up');
      return engine.status();
    },
    down: async () => {
      await engine.setWish('standby');
      return engine.status();
    },
    'reset-identity': async () => ({ nodeId: await engine.resetIdentity() }),
    'add-peer': ({ target, name }) => changed(book.add(target, name), 'added'),
    'remove-peer': ({ peer }) => {
      const removed = revoked(() => book.remove(peer));
      logs.info(`${quoted(removed.name)} (${removed.id}) was removed.`);
      return removed;
    },
    'rename-peer': ({ peer, name }) => changed(book.rename(peer, name), 'renamed'),
    'accept-request': ({ peer, name }) => changed(book.accept(peer, name), 'accepted'),
    'reject-request': ({ peer }) => {
      const rejected = book.reject(peer);
      engine.peersChanged();
      logs.info(`${quoted(rejected.name)} (${rejected.id}) was rejected.`);
      return rejected;
    },
    'block-peer': ({ peer }) =>
      changed(
        revoked(() => book.block(peer)),
        'blocked',
      ),
    invite: () => ({ link: buildInvite({ ...engine.whereabouts(), name: state.settings.get().name }) }),
    ping: async ({ peer, timeoutMs }) => {
      const { id } = book.find(peer);
      const rttMs = await mesh.ping(id, timeoutMs);
      return { id, name: book.nameOf(id), rttMs, path: peerOf(id).path };
    },
    'get-settings': () => ({ settings: state.settings.get(), overridden: state.settings.overridden() }),
    'set-setting': async ({ key, value }) => {
      logs.info(`Setting ${state.settings.set(key, value)} was changed.`);
      const restartNeeded = await engine.settingsChanged();
      return { settings: state.settings.get(), restartNeeded };
    },
    'unset-setting': async ({ key }) => {
      logs.info(`Setting ${state.settings.unset(key)} was set back.`);
      const restartNeeded = await engine.settingsChanged();
      return { settings: state.settings.get(), restartNeeded };
    },
    logs: ({ sinceMs, follow }, caller) => {
      if (follow) caller.followLogs();
      return { lines: logs.recent(sinceMs) };
    },
    'dismiss-warning': ({ code }) => {
      state.warnings.dismiss(code);
      return {};
    },
  };
}
