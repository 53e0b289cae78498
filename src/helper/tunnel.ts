/** The tunnel device and the host's network around it, brought to what is wanted as often as needed. */
import { setTimeout as delay } from 'node:timers/promises';
import { Failure, toFailure } from '../shared/errors.js';
import { overlayAddresses, type OverlayAddresses } from '../shared/overlay-address.js';
import type { Settings } from '../shared/ipc-contract.js';
import type { Warning } from '../shared/status.js';
import type { Logs } from './logs.js';
import { nativeFailure, type Plane } from './native.js';
import { cgnatFailure, cgnatWarning } from './network/cgnat.js';
import { instanceOf, type LanInterface, type Network, type WishedDevice } from './network/network.js';
import type { Warnings } from './warnings.js';

/**
 * IPv6 demands a link MTU of at least 1280 bytes (RFC 8200 §5), and no more than that crosses every underlay in at
 * most two datagrams.
 */
const mtu = 1280;
/** A device that is lost again this soon is not worth a third one. */
const lostAgainMs = 10_000;
/** How long a command that failed may need to get over it. */
const retryMs = 200;
/** The kernel puts in the first free number; on macOS every tunnel device is a utun and numbered by the system. */
const anyName = process.platform === 'linux' ? 'rayfish%d' : null;

export interface TunnelParts {
  network: Network;
  /** Fixed device name, or null for the first free one. */
  tunName: string | null;
  /** Many segments in one read and write, where the kernel can. */
  offload: boolean;
  warnings: Warnings;
  logs: Logs;
}

export interface TunnelWish {
  link: 'up' | 'down';
  ipv6Only: Settings['ipv6-only'];
  /** Overlay IPv6 addresses of the peers. */
  peers6: string[];
}

export interface Settled {
  /** The overlay carries IPv6 only now. */
  ipv6Only: boolean;
  lan: LanInterface[];
  /** The host's network was changed by this pass. */
  changed: boolean;
}

export class Tunnel {
  readonly #own: OverlayAddresses;
  readonly #instance: number;
  #device: WishedDevice | null = null;
  #lost: { at: number; detail: string } | null = null;
  #checking = false;

  constructor(
    private readonly parts: TunnelParts,
    private readonly plane: Plane,
    nodeId: string,
  ) {
    this.#own = overlayAddresses(nodeId);
    this.#instance = instanceOf(nodeId);
  }

  get device(): { name: string; mtu: number } | null {
    return this.#device === null ? null : { name: this.#device.name, mtu: this.#device.mtu };
  }

  /**
   * One pass: looks at the host, decides whether IPv4 is ours to use, has a device, configures it. The gate opens
   * last and closes first. Idempotent; what somebody else undid is put back.
   * @throws Failure `cgnat-conflict`, `tun-…`, `not-root` or `network-configuration`: packets do not pass then.
   */
  async settle(wish: TunnelWish): Promise<Settled> {
    if (wish.link === 'down') this.plane.setForwarding(false);
    try {
      return await this.#persist(wish);
    } catch (thrown) {
      this.plane.setForwarding(false);
      throw thrown;
    }
  }

  /** The device cannot be read any more. The next pass makes another, unless that happens again at once. */
  deviceLost(detail: string): void {
    this.plane.setForwarding(false);
    this.plane.detachTun();
    const again = this.#lost !== null && performance.now() - this.#lost.at < lostAgainMs;
    this.#device = null;
    this.#lost = { at: again ? Infinity : performance.now(), detail };
    this.parts.logs.warn(`The tunnel device was lost: ${detail}.`);
  }

  /** The owner wants it all tried again. */
  forgive(): void {
    this.#lost = null;
  }

  /** Looks whether the host's firewall is in the way; a look already under way is enough. */
  async checkFirewall(ipv6Only: boolean): Promise<void> {
    if (this.#device === null || this.#checking) return;
    this.#checking = true;
    try {
      const found = await this.parts.network.firewall(this.#device.name, this.plane.ports(), ipv6Only);
      this.parts.warnings.replace('firewall', found);
    } catch (thrown) {
      // Not being able to look is no reason to worry the owner.
      this.parts.logs.warn(`The firewall could not be read: ${String(thrown)}`);
    } finally {
      this.#checking = false;
    }
  }

  /** Takes everything back: routes, rules, backstops, warnings, the device. */
  async remove(): Promise<void> {
    this.plane.setForwarding(false);
    await this.parts.network.remove(this.#instance);
    this.plane.detachTun();
    this.#device = null;
    this.parts.warnings.replace('network', []);
    this.parts.warnings.replace('firewall', []);
  }

  /** A command may fail for a moment, and a device may have been renamed or moved away: neither ends what works. */
  async #persist(wish: TunnelWish): Promise<Settled> {
    const before = this.#device;
    try {
      return await this.#settle(wish);
    } catch (thrown) {
      if (toFailure(thrown).code !== 'network-configuration') throw thrown;
      this.parts.logs.warn(`${toFailure(thrown).message} Trying again.`);
    }
    await delay(retryMs);
    try {
      return await this.#settle(wish);
    } catch (thrown) {
      // A device that was just made is not the reason.
      if (toFailure(thrown).code !== 'network-configuration' || before === null) throw thrown;
      this.plane.setForwarding(false);
      this.plane.detachTun();
      this.#device = null;
      return this.#settle(wish);
    }
  }

  async #settle({ link, ipv6Only: setting, peers6 }: TunnelWish): Promise<Settled> {
    const survey = await this.parts.network.survey(this.#device?.name ?? null);
    const [conflict] = survey.cgnat;
    if (conflict !== undefined && setting === 'off') {
      await this.#retreat(peers6);
      throw cgnatFailure(conflict);
    }
    const ipv6Only = setting === 'on' || conflict !== undefined;
    this.#device ??= this.#attach();
    const warned = conflict !== undefined && setting === 'auto' ? survey.cgnat.map(cgnatWarning) : [];
    const changed = await this.#apply(link, ipv6Only, peers6, warned);
    if (link === 'up') this.plane.setForwarding(true);
    return { ipv6Only, lan: survey.lan, changed };
  }

  /** Out of another program's way: link down, nothing of ours left in its range. */
  async #retreat(peers6: string[]): Promise<void> {
    this.plane.setForwarding(false);
    await this.#apply('down', true, peers6, []);
  }

  async #apply(link: 'up' | 'down', ipv6Only: boolean, peers6: string[], warned: Warning[]): Promise<boolean> {
    const { network, warnings, logs } = this.parts;
    const ports = this.plane.ports();
    const wish = { tun: this.#device, link, ...this.#own, ipv6Only, peers6, ports, instance: this.#instance };
    const outcome = await network.apply(wish);
    warnings.replace('network', [...warned, ...outcome.warnings]);
    if (outcome.changes.length === 0) return false;
    if (outcome.repaired) logs.warn(`Somebody else changed the network; repaired: ${outcome.changes.join('; ')}.`);
    else logs.info(`Network: ${outcome.changes.join('; ')}.`);
    return true;
  }

  #attach(): WishedDevice {
    if (this.#lost?.at === Infinity) throw lost(this.#lost.detail);
    try {
      const { tunName, offload, logs } = this.parts;
      const device = this.plane.attachTun(tunName ?? anyName, mtu, offload);
      const { name, mtu: given, offload: offloads, segments } = device;
      logs.info(`Tunnel device ${name} is there, MTU ${given}, ${offloads ? 'with' : 'without'} offload.`);
      return { name, mtu: given, segments };
    } catch (thrown) {
      if (this.#lost !== null) throw lost(this.#lost.detail, thrown);
      throw nativeFailure(thrown);
    }
  }
}

function lost(detail: string, cause?: unknown): Failure {
  return new Failure(
    'tun-lost',
    `Nothing passes any more: the tunnel device was taken away (${detail}). Turn Rayfish on again to make a new one.`,
    { cause },
  );
}
