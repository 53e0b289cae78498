/** A data plane and a host's network that do nothing but keep what they were told, for tests of what decides. */
import type { Failure } from '../shared/errors.js';
import type { Warning } from '../shared/status.js';
import { Engine } from './engine.js';
import type { Logs } from './logs.js';
import type { DialResult, EndpointOptions, NativeEvent, PeerStats, Plane } from './native.js';
import type { Network, NetworkWish, Outcome, Survey } from './network/network.js';
import type { State } from './state.js';

type Table = Parameters<Plane['setPeers']>[0];

export class FakePlane implements Plane {
  options: EndpointOptions | null = null;
  table: Table = { ownIpv4: null, ownIpv6: '', peers: [] };
  open = false;
  fastPath = false;
  device: string | null = null;
  attachments = 0;
  attachFault: string | null = null;
  hello: unknown = null;
  lan: Parameters<Plane['setLan']>[0] = { interfaces: [], announce: [], eager: false };
  readonly dialled: { id: string; addresses: string[] }[] = [];
  readonly sent: { id: string; message: unknown }[] = [];
  outcome: DialResult = { outcome: 'unreachable', detail: '' };
  peerStats: PeerStats[] = [];
  usedPorts = [45820];
  networkChanges = 0;
  answersPings = false;
  endVerifying = (): void => undefined;
  #verifying = false;
  readonly verified: { id: string; attempts: number }[] = [];
  closed = false;
  /** Steps that matter to the order of `up` and `down`, shared with the network. */
  constructor(private readonly journal: string[]) {}

  ports(): number[] {
    return this.usedPorts;
  }
  attachTun(name: string | null, mtu: number, offload: boolean): ReturnType<Plane['attachTun']> {
    if (this.attachFault !== null) throw new Error(this.attachFault);
    this.attachments++;
    this.device = name?.replace('%d', '0') ?? 'tun0';
    this.journal.push('attach');
    return { name: this.device, index: 7, mtu, offload, segments: 50 };
  }
  detachTun(): void {
    this.device = null;
    this.journal.push('detach');
  }
  setForwarding(open: boolean): void {
    if (open !== this.open) this.journal.push(open ? 'gate open' : 'gate closed');
    this.open = open;
  }
  setFastPath(wanted: boolean): void {
    this.fastPath = wanted;
  }
  setPeers(table: Table): void {
    this.table = table;
  }
  setHello(hello: Buffer): void {
    this.hello = JSON.parse(hello.toString());
  }
  setLan(lan: Parameters<Plane['setLan']>[0]): void {
    this.lan = lan;
  }
  dial(id: string, addresses: string[]): Promise<DialResult> {
    this.dialled.push({ id, addresses });
    return Promise.resolve(this.outcome);
  }
  sendMessage(id: string, data: Buffer): boolean {
    this.sent.push({ id, message: JSON.parse(data.toString()) });
    return true;
  }
  ping(): Promise<number> {
    return this.answersPings
      ? Promise.resolve(12)
      : Promise.reject(new Error('peer-offline: there is no connection to this peer'));
  }
  verify(id: string, attempts: number): Promise<boolean> {
    this.verified.push({ id, attempts });
    if (this.#verifying) return Promise.resolve(true);
    this.#verifying = true;
    return new Promise((resolve) => {
      this.endVerifying = (): void => {
        this.#verifying = false;
        resolve(true);
      };
    });
  }
  stats(): { peers: PeerStats[]; drops: Record<string, number> } {
    return { peers: this.peerStats, drops: { 'not-ip': 3 } };
  }
  networkChange(): void {
    this.networkChanges++;
  }
  close(): Promise<void> {
    this.closed = true;
    this.journal.push('close');
    return Promise.resolve();
  }
}

export class FakeNetwork implements Network {
  surveyed: Survey = { cgnat: [], overlayIpv6: [], lan: [{ name: 'eth0', ipv4: ['192.0.2.7'], ipv6: [] }] };
  wish: NetworkWish | null = null;
  outcome: Outcome = { changes: [], repaired: false, warnings: [] };
  fault: Failure | null = null;
  firewallWarnings: Warning[] = [];
  removed: number[] = [];
  #onChange: () => void = () => undefined;

  constructor(private readonly journal: string[]) {}

  survey(): Promise<Survey> {
    return Promise.resolve(this.surveyed);
  }
  apply(wish: NetworkWish): Promise<Outcome> {
    if (this.fault !== null) return Promise.reject(this.fault);
    if (this.wish?.link !== wish.link) this.journal.push(`link ${wish.link}`);
    this.wish = wish;
    return Promise.resolve(this.outcome);
  }
  remove(instance: number): Promise<void> {
    this.removed.push(instance);
    this.journal.push('remove');
    return Promise.resolve();
  }
  watch(onChange: () => void): () => void {
    this.#onChange = onChange;
    return () => {
      this.#onChange = () => undefined;
    };
  }
  firewall(): Promise<Warning[]> {
    return Promise.resolve(this.firewallWarnings);
  }
  /** Something outside changed. */
  change(): void {
    this.#onChange();
  }
}

/** A host with one data plane after another; `plane` is the newest. */
export class FakeHost {
  readonly journal: string[] = [];
  readonly network = new FakeNetwork(this.journal);
  startFault: string | null = null;
  plane = new FakePlane(this.journal);
  starts = 0;
  #onEvent: (event: NativeEvent) => void = () => undefined;

  readonly startPlane = (options: EndpointOptions, onEvent: (event: NativeEvent) => void): Promise<Plane> => {
    if (this.startFault !== null) return Promise.reject(new Error(this.startFault));
    if (this.starts++ > 0) this.plane = new FakePlane(this.journal);
    this.plane.options = options;
    this.plane.setHello(options.hello);
    this.#onEvent = onEvent;
    return Promise.resolve(this.plane);
  };

  /** A helper on this host. */
  engine(state: State, logs: Logs): Engine {
    const { network, startPlane } = this;
    return new Engine({ state, network, startPlane, logs, tunName: null, hardwareAes: true, rekeyAfter: null });
  }

  emit(event: NativeEvent): void {
    this.#onEvent(event);
  }

  /** A peer's connection with its hello. */
  connect(id: string, connection: number, hello: { name?: string; paused?: boolean } = {}): void {
    this.emit({ kind: 'connected', id, connection, incoming: true, remote: '192.0.2.9:45820' });
    this.say(id, connection, {
      type: 'hello',
      name: 'bob',
      platform: 'linux',
      version: '1',
      features: [],
      paused: false,
      ...hello,
    });
  }

  say(id: string, connection: number, message: unknown): void {
    this.emit({ kind: 'message', id, connection, data: Buffer.from(JSON.stringify(message)) });
  }

  request(id: string, name: string): void {
    const hello = { type: 'hello', name, platform: 'linux', version: '1', features: [], paused: false };
    this.emit({ kind: 'request', id, hello: Buffer.from(JSON.stringify(hello)), remote: '192.0.2.9:45820' });
  }
}

/** What the data plane counts of a peer's first connection, on the fast path. */
export function peerStats(id: string, parts: Partial<PeerStats> = {}): PeerStats {
  return {
    id,
    connection: 1,
    pathKind: 'direct',
    carrier: 'fast',
    cipher: 'aes-128-gcm',
    whyQuic: null,
    remote: '192.0.2.9:45820',
    rttMs: 1,
    txBytes: 0,
    rxBytes: 0,
    txPackets: 0,
    rxPackets: 0,
    drops: 0,
    ...parts,
  };
}
