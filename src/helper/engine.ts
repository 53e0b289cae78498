/**
 * The state machine of the helper: stopped → starting → up ⇄ standby → stopping, and failed with its reason. Every
 * change of mind and every change outside leads to the same pass (`#settle`), which brings what is so to what is wanted.
 */
import { toFailure, type Failure } from '../shared/errors.js';
import type { Settings } from '../shared/ipc-contract.js';
import { overlayAddresses } from '../shared/overlay-address.js';
import type { EngineState, Status } from '../shared/status.js';
import { version } from '../shared/version.js';
import { Announcer } from './announcer.js';
import { encodeMessage } from './control-protocol.js';
import type { Identity } from './identity.js';
import { Lan } from './lan.js';
import type { Logs } from './logs.js';
import { Mesh } from './mesh.js';
import { nativeFailure, type NativeEvent, type Plane, type StartPlane } from './native.js';
import type { Network } from './network/network.js';
import { PeerBook } from './peer-book.js';
import { RequestStore } from './request-store.js';
import type { State } from './state.js';
import { Ticker } from './ticker.js';
import { Tunnel } from './tunnel.js';
import { mdnsWarning, portWarnings } from './warning-words.js';
import type { Wish } from './wish.js';

/** A failure that our own attempts may bring about again is not retried sooner, whatever changes outside. */
const retryMs = 5000;
/** Changes of the network this soon after our own are taken for our own. */
const echoMs = 1000;

export interface EngineParts {
  state: State;
  network: Network;
  startPlane: StartPlane;
  logs: Logs;
  /** Fixed device name, or null for the first free one. */
  tunName: string | null;
  /** Whether AES may be used for the fast path. */
  hardwareAes: boolean;
  /** Datagrams after which the fast path takes new keys, or null for as many as are safe. */
  rekeyAfter: number | null;
}

/** What exists while there is an identity and an endpoint. */
interface Running {
  identity: Identity;
  /** Settings the endpoint was started with. */
  settings: Settings;
  plane: Plane;
  tunnel: Tunnel;
  lan: Lan;
}

export class Engine {
  readonly requests = new RequestStore();
  readonly book: PeerBook;
  readonly mesh: Mesh;
  readonly #listeners = new Set<() => void>();
  readonly #ticker: Ticker;
  #state: EngineState = 'stopped';
  #ended = false;
  #failure: { code: string; message: string; at: number } | null = null;
  #ipv6Only = false;
  #identity: Identity | null = null;
  #running: Running | null = null;
  #reachable: { direct: string[]; relay: string | null } = { direct: [], relay: null };
  readonly #announcer: Announcer;
  #changedNetworkAt = -Infinity;
  #turn: Promise<unknown> = Promise.resolve();
  #waitingPass: Promise<void> | null = null;
  #stopWatching: () => void = () => undefined;

  constructor(private readonly parts: EngineParts) {
    const { state, logs } = parts;
    const { peers, hints, warnings } = state;
    const { requests } = this;
    const onChange = (): void => {
      this.#changed();
    };
    this.book = new PeerBook(peers, requests, hints, () => this.#identity?.nodeId ?? '');
    this.mesh = new Mesh({ peers, hints, requests, warnings, logs, onChange, book: this.book });
    this.#announcer = new Announcer({
      greet: () => {
        this.#running?.plane.setHello(this.#hello());
      },
      tell: (message) => {
        this.mesh.tell(message);
      },
    });
    warnings.onChange = onChange;
    this.#ticker = new Ticker({
      often: () => {
        this.#updateLan();
        this.#keep(() => {
          hints.flush();
        });
      },
      firewall: () => {
        void this.#running?.tunnel.checkFirewall(this.#ipv6Only);
      },
      paths: () => {
        this.#keep(() => {
          this.mesh.rememberPaths();
        });
        // Not every change raises an event: IPv6 switched back on for our device alone, for one.
        void this.refresh();
      },
      woke: () => {
        this.#wokeUp();
      },
    });
  }

  /** Starts towards the persisted wish. Never throws: what fails is the state `failed`, and the helper stays reachable. */
  async start(): Promise<void> {
    this.#enter('starting');
    this.#stopWatching = this.parts.network.watch(() => {
      this.#networkChanged();
    });
    this.#ticker.start();
    await this.refresh();
  }

  /** Orderly end: peers hear it, nothing of ours stays on the host. */
  async stop(): Promise<void> {
    this.#stopWatching();
    this.#ticker.stop();
    this.#ended = true;
    this.#enter('stopping');
    await this.#inTurn(async () => {
      this.#keep(() => {
        this.mesh.rememberPaths();
      });
      await this.#shutDown();
    });
    this.#enter('stopped');
  }

  /** One pass of bringing what is so to what is wanted; one that has not begun yet serves several callers. */
  refresh(): Promise<void> {
    this.#waitingPass ??= this.#inTurn(() => {
      this.#waitingPass = null;
      return this.#settle();
    }).catch((thrown: unknown) => {
      this.#fail(toFailure(thrown));
    });
    return this.#waitingPass;
  }

  /** Persists what the owner wants and brings it about. @throws Failure `state-unwritable`, having brought it about. */
  async setWish(wish: Wish): Promise<void> {
    try {
      this.parts.state.wish.set(wish);
    } finally {
      if (wish === 'up') this.#running?.tunnel.forgive();
      await this.refresh();
    }
  }

  /** A new identity, because the owner asked for it. @throws Failure `state-unwritable` */
  async resetIdentity(): Promise<string> {
    return this.#inTurn(async () => {
      // Made first: where the disk refuses, everything stays as it was.
      const identity = this.parts.state.identity.reset();
      await this.#shutDown();
      this.requests.clear();
      this.#identity = identity;
      this.parts.logs.warn(`This device has a new identity: ${identity.nodeId}.`);
      await this.#settle();
      return identity.nodeId;
    });
  }

  /** The peer store was changed by the owner. */
  peersChanged(): void {
    this.#running?.lan.hope();
    this.mesh.sync();
    // Routes of single peers, where there are any, follow.
    void this.refresh();
  }

  /** The settings were changed by the owner: what can follow at once does. @returns whether a restart is needed for the rest. */
  async settingsChanged(): Promise<boolean> {
    await this.refresh();
    const now = this.parts.state.settings.get();
    const started = this.#running?.settings ?? now;
    return (['port', 'relay', 'discovery', 'offload'] as const).some(
      (key) => JSON.stringify(started[key]) !== JSON.stringify(now[key]),
    );
  }

  /** Our node ID with where we can be reached. @throws Failure `identity-unreadable` */
  whereabouts(): { id: string; addresses: string[]; relay: string | null } {
    if (this.#identity === null) this.#identity = this.parts.state.identity.load();
    const ports = this.#running?.plane.ports() ?? [];
    const local = (this.#running?.lan.addresses ?? []).flatMap((address) =>
      ports.map((port) => (address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`)),
    );
    const addresses = [...new Set([...this.#reachable.direct, ...local])];
    return { id: this.#identity.nodeId, addresses, relay: this.#reachable.relay };
  }

  status(): Status {
    const { state } = this.parts;
    const nodeId = this.#identity?.nodeId ?? '';
    const stats = this.#running?.plane.stats() ?? { peers: [], drops: {} };
    return {
      state: this.#state,
      failure: this.#failure === null ? null : { code: this.#failure.code, message: this.#failure.message },
      wish: state.wish.get(),
      version,
      nodeId,
      name: state.settings.get().name,
      ...(nodeId === '' ? { ipv4: '', ipv6: '' } : overlayAddresses(nodeId)),
      tun: this.#running?.tunnel.device ?? null,
      ipv6Only: this.#ipv6Only,
      ports: this.#running?.plane.ports() ?? [],
      warnings: state.warnings.all(),
      requests: this.requests.all().map(({ id, name, at }) => ({ id, name, at })),
      drops: stats.drops,
      peers: this.mesh.statuses(stats.peers),
    };
  }

  /** Calls back whenever `status` may tell something new. @returns how to stop listening. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async #settle(): Promise<void> {
    const { state } = this.parts;
    if (this.#ended) return;
    const wish = state.wish.get();
    try {
      const running = (this.#running ??= await this.#launch());
      // Off in standby: its keys are forgotten then, and made anew with the next `up`.
      running.plane.setFastPath(wish === 'up' && state.settings.get()['fast-path']);
      const settled = await running.tunnel.settle({
        link: wish === 'up' ? 'up' : 'down',
        ipv6Only: state.settings.get()['ipv6-only'],
        peers6: this.mesh.addresses6(),
      });
      if (settled.changed) this.#changedNetworkAt = performance.now();
      if (settled.ipv6Only !== this.#ipv6Only) this.mesh.sync(settled.ipv6Only);
      this.#ipv6Only = settled.ipv6Only;
      if (running.lan.setInterfaces(settled.lan)) this.#lanChanged(running);
      this.#enter(wish);
      void running.tunnel.checkFirewall(settled.ipv6Only);
    } catch (thrown) {
      this.#fail(toFailure(thrown));
    }
    this.#announcer.announce({ name: state.settings.get().name, paused: this.#state !== 'up' });
  }

  async #launch(): Promise<Running> {
    const { state, network, startPlane, logs, tunName, hardwareAes, rekeyAfter } = this.parts;
    const identity = (this.#identity ??= state.identity.load());
    const settings = state.settings.get();
    // Told before the tunnel is there, so that a restart looks like one to nobody.
    this.#announcer.begin({ name: settings.name, paused: state.wish.get() !== 'up' });
    const plane = await startPlane(
      {
        secretKey: identity.secretKey,
        port: settings.port,
        relay: serversOf(settings.relay),
        discovery: serversOf(settings.discovery),
        hello: this.#hello(),
        hardwareAes,
        ...(rekeyAfter === null ? {} : { rekeyAfter }),
      },
      (event) => {
        this.#receive(event);
      },
    ).catch((thrown: unknown) => {
      throw nativeFailure(thrown);
    });
    const { warnings } = state;
    const tunnel = new Tunnel({ network, tunName, offload: settings.offload, warnings, logs }, plane, identity.nodeId);
    warnings.replace('port', portWarnings(settings.port, plane.ports()));
    this.mesh.attach(plane, identity.nodeId);
    return { identity, settings, plane, tunnel, lan: new Lan(plane) };
  }

  /** Everything that hangs on the endpoint, made anew. The pass after it fails where this does. */
  async #relaunch(): Promise<void> {
    await this.#inTurn(() => this.#shutDown()).catch((thrown: unknown) => {
      this.parts.logs.error(`The lost endpoint did not close in order: ${toFailure(thrown).message}`);
    });
    await this.refresh();
  }

  async #shutDown(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    this.mesh.detach();
    if (running === null) return;
    await running.tunnel.remove();
    await running.plane.close();
  }

  /** Much of what events carry was written by others: whatever they bring about must not end the helper. */
  #receive(event: NativeEvent): void {
    try {
      this.#handle(event);
    } catch (thrown) {
      this.parts.logs.error(`Event ${event.kind} could not be handled: ${toFailure(thrown).message}`);
    }
  }

  #handle(event: NativeEvent): void {
    switch (event.kind) {
      case 'addresses':
        this.#reachable = { direct: event.direct, relay: event.relay ?? null };
        break;
      case 'tun-lost':
        this.#running?.tunnel.deviceLost(event.detail);
        void this.refresh();
        break;
      case 'endpoint-lost':
        this.parts.logs.error(`The network endpoint was lost (${event.detail}); starting another.`);
        void this.#relaunch();
        break;
      case 'mdns-failed':
        this.parts.state.warnings.replace('lan', [mdnsWarning(event.detail)]);
        break;
      default:
        this.mesh.handle(event);
    }
  }

  #networkChanged(): void {
    const wait =
      this.#failure === null || this.#failure.code === 'cgnat-conflict'
        ? 0
        : this.#failure.at + retryMs - performance.now();
    if (wait > 0) {
      this.#ticker.later(wait, () => {
        this.#networkChanged();
      });
      return;
    }
    if (performance.now() - this.#changedNetworkAt > echoMs) this.#running?.plane.networkChange();
    void this.refresh();
  }

  #lanChanged({ lan, plane }: Running): void {
    lan.hope();
    plane.networkChange();
    this.mesh.networkChanged();
    this.#updateLan();
  }

  #wokeUp(): void {
    this.parts.logs.info('This device slept; looking for peers anew.');
    this.#running?.lan.hope();
    this.#running?.plane.networkChange();
    this.mesh.networkChanged();
    void this.refresh();
  }

  #updateLan(): void {
    const changed = this.#running?.lan.apply(this.parts.state.settings.get().mdns, this.mesh.waiting());
    if (changed === true) this.parts.state.warnings.replace('lan', []);
  }

  #hello(): Buffer {
    return encodeMessage({
      type: 'hello',
      ...this.#announcer.presence,
      platform: process.platform,
      version,
      features: [],
    });
  }

  /** Writes what nobody waits for: where that fails the owner is told, and the tunnel goes on. */
  #keep(write: () => void): void {
    try {
      write();
      this.parts.state.warnings.replace('keep', []);
    } catch (thrown) {
      const { message } = toFailure(thrown);
      this.parts.state.warnings.replace('keep', [{ code: 'state-unwritable', message, sticky: false }]);
    }
  }

  #enter(state: EngineState): void {
    this.#failure = null;
    if (state !== this.#state) this.parts.logs.info(`Rayfish is ${state}.`);
    this.#state = state;
    this.#changed();
  }

  #fail(failure: Failure): void {
    this.#noteFailure(failure);
    // Nothing outside need change for it to work the next time.
    if (failure.code === 'network-configuration') {
      this.#ticker.later(retryMs, () => {
        void this.refresh();
      });
    }
  }

  #noteFailure({ code, message, cause }: Failure): void {
    const detail = cause instanceof Error ? ` (${cause.message})` : '';
    if (this.#failure?.message !== message) this.parts.logs.error(`${message}${detail}`);
    this.#state = 'failed';
    this.#failure = { code, message, at: performance.now() };
    this.#changed();
  }

  #changed(): void {
    this.#updateLan();
    for (const listener of this.#listeners) listener();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function serversOf(setting: Settings['relay']): { mode: 'default' | 'none' | 'custom'; urls: string[] } {
  return typeof setting === 'string' ? { mode: setting, urls: [] } : { mode: 'custom', urls: setting };
}
