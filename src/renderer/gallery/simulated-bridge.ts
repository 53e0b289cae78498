/** A main process and a helper that only pretend: they speak the contract and remember what they were told. */
import type {
  Action,
  ActionParams,
  ActionResult,
  AppBridge,
  AppState,
  Outcome,
  WindowMethod,
} from '../../shared/app-contract.js';
import { Failure } from '../../shared/errors.js';
import { buildInvite, looksLikeInvite, parseInvite } from '../../shared/invite.js';
import type { CallParams, Result, Settings } from '../../shared/ipc-contract.js';
import { overlayAddresses } from '../../shared/overlay-address.js';
import { parseNodeId } from '../../shared/node-id.js';
import { defaultSettings } from '../../shared/setting.js';
import type { PeerStatus, Status } from '../../shared/status.js';
import { person, sampleId } from './people.js';
import { sampleLog } from './sample-log.js';
import { sampleStatus } from './sample-state.js';

/** Every call that was made, for tests. */
export interface Made {
  name: string;
  params: unknown;
}

type Answers = { [M in WindowMethod]: (params: CallParams<M>) => Result<M> };

export class SimulatedBridge implements AppBridge {
  readonly made: Made[] = [];
  /** The next call of this name fails with these words. */
  refuse: { name: string; message: string } | null = null;
  readonly #listeners = new Set<(state: AppState) => void>();
  #settings: Settings = { name: sampleStatus.name, ...defaultSettings };

  constructor(public state: AppState) {}

  call<M extends WindowMethod>(method: M, params: CallParams<M>): Promise<Outcome<Result<M>>> {
    return this.#answer(method, params, () => this.#answers[method](params));
  }

  act<A extends Action>(action: A, params: ActionParams<A>): Promise<Outcome<ActionResult<A>>> {
    return this.#answer(action, params, () => this.#perform(action, params) as ActionResult<A>);
  }

  onState(listener: (state: AppState) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Another state, told to the window as main would. */
  change(changes: Partial<AppState>): void {
    this.state = { ...this.state, ...changes };
    for (const listener of this.#listeners) listener(this.state);
  }

  changeStatus(changes: Partial<Status>): void {
    this.change({ status: { ...this.#status(), ...changes } });
  }

  async #answer<T>(name: string, params: unknown, run: () => T): Promise<Outcome<T>> {
    this.made.push({ name, params });
    await Promise.resolve();
    const refused = this.refuse;
    if (refused?.name === name) {
      this.refuse = null;
      return { ok: false, error: { code: 'internal', message: refused.message } };
    }
    try {
      return { ok: true, value: run() };
    } catch (error) {
      if (error instanceof Failure) return { ok: false, error: { code: error.code, message: error.message } };
      throw error;
    }
  }

  readonly #answers: Answers = {
    up: () => this.#turn('up'),
    down: () => this.#turn('standby'),
    'reset-identity': () => {
      const nodeId = sampleId('ada again');
      this.changeStatus({ state: 'up', failure: null, nodeId, ...overlayAddresses(nodeId) });
      return { nodeId };
    },
    'add-peer': ({ target, name }) => {
      const invite = looksLikeInvite(target) ? parseInvite(target) : { id: parseNodeId(target), name: '' };
      return {
        peer: this.#put({
          ...unknown(invite.id),
          name: name ?? (invite.name || 'New friend'),
          state: 'waiting-for-them',
        }),
      };
    },
    'remove-peer': ({ peer }) => {
      const removed = this.#peer(peer);
      this.changeStatus({ peers: this.#status().peers.filter(({ id }) => id !== peer) });
      return { id: removed.id, name: removed.name };
    },
    'rename-peer': ({ peer, name }) => ({ peer: this.#put({ ...this.#peer(peer), name }) }),
    'accept-request': ({ peer }) => {
      const name = this.#dropRequest(peer);
      return { peer: this.#put({ ...unknown(peer), name, claimedName: name, state: 'connecting' }) };
    },
    'reject-request': ({ peer }) => ({ id: peer, name: this.#dropRequest(peer) }),
    'block-peer': ({ peer }) => {
      const name = this.#dropRequest(peer);
      const known = this.#status().peers.find(({ id }) => id === peer);
      return { peer: this.#put({ ...(known ?? { ...unknown(peer), name }), state: 'blocked', path: null }) };
    },
    invite: () => {
      const { nodeId, name } = this.#status();
      return {
        link: buildInvite({ id: nodeId, addresses: ['203.0.113.7:45820', '192.168.1.20:45820'], relay: null, name }),
      };
    },
    ping: ({ peer }) => {
      const { id, name, path } = this.#peer(peer);
      return { id, name, rttMs: path?.rttMs ?? 20, path };
    },
    'get-settings': () => ({ settings: this.#settings, overridden: ['port'] }),
    'set-setting': ({ key, value }) => {
      const isSwitch = ['mdns', 'fast-path', 'offload'].includes(key);
      const parsed = isSwitch ? value === 'on' : key === 'port' ? Number(value) : value;
      this.#settings = { ...this.#settings, [key]: parsed };
      if (key === 'name') this.changeStatus({ name: value });
      return { settings: this.#settings, restartNeeded: key === 'relay' || key === 'discovery' };
    },
    'unset-setting': () => ({ settings: this.#settings, restartNeeded: false }),
    logs: () => ({ lines: sampleLog }),
    'dismiss-warning': ({ code }) => {
      this.changeStatus({ warnings: this.#status().warnings.filter((warning) => warning.code !== code) });
      return {};
    },
  };

  #perform(action: Action, params: unknown): unknown {
    if (action === 'get-state') return this.state;
    if (action === 'set-app-setting') this.change({ settings: { ...this.state.settings, ...(params as object) } });
    if (action === 'take-deep-link') this.change({ deepLink: null });
    if (action === 'take-wanted-page') this.change({ wantedPage: null });
    if (action === 'start-service')
      this.change({
        link: { kind: 'connected', level: 'operator' },
        status: this.state.status ?? { ...sampleStatus, peers: [] },
      });
    return {};
  }

  #turn(wish: Status['wish']): Status {
    this.changeStatus({ state: wish, wish, failure: null });
    return this.#status();
  }

  #put(peer: PeerStatus): PeerStatus {
    const others = this.#status().peers.filter(({ id }) => id !== peer.id);
    this.changeStatus({ peers: [...others, peer] });
    return peer;
  }

  #peer(id: string): PeerStatus {
    const peer = this.#status().peers.find((candidate) => candidate.id === id);
    if (peer === undefined) throw new Failure('peer-unknown', 'There is no such peer.');
    return peer;
  }

  /** @returns the name the stranger claimed. */
  #dropRequest(id: string): string {
    const { requests } = this.#status();
    this.changeStatus({ requests: requests.filter((request) => request.id !== id) });
    return requests.find((request) => request.id === id)?.name ?? '';
  }

  #status(): Status {
    if (this.state.status === null) throw new Failure('helper-unreachable', 'The background service is not running.');
    return this.state.status;
  }
}

function unknown(id: string): PeerStatus {
  return { ...person(id), claimedName: null, id, ...overlayAddresses(id) };
}
