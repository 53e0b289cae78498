/** The network of a macOS host, by ifconfig, route and netstat. Not yet run on macOS. */
import { Failure } from '../../../shared/errors.js';
import type { Warning } from '../../../shared/status.js';
import { findOverlayIpv6Conflicts, overlayIpv6Warning } from '../cgnat.js';
import { watchCommand } from '../monitor.js';
import type { Network, NetworkWish, Outcome, Survey } from '../network.js';
import type { Runner } from '../runner.js';
import { surveyOf } from '../survey.js';
import { Turns } from '../turns.js';
import { plan, removal, type Command } from './plan.js';
import { parseHost, type DarwinHost } from './state.js';

export class DarwinNetwork implements Network {
  #inForce: NetworkWish | null = null;
  readonly #turns = new Turns();

  constructor(private readonly runner: Runner) {}

  async survey(ownTun: string | null): Promise<Survey> {
    return surveyOf(await this.#read(), ownTun);
  }

  apply(wish: NetworkWish): Promise<Outcome> {
    return this.#turns.take(() => this.#apply(wish));
  }

  /** Backstops carry no instance here: one destination has one route. */
  remove(): Promise<void> {
    return this.#turns.take(async () => {
      const wish = this.#inForce;
      this.#inForce = null;
      for (const { command, args } of removal(wish)) await this.runner.run(command, args).catch(() => undefined);
    });
  }

  watch(onChange: () => void): () => void {
    return watchCommand(this.runner, 'route', ['-n', 'monitor'], onChange);
  }

  /** The application firewall of macOS asks the owner by itself. */
  firewall(): Promise<Warning[]> {
    return Promise.resolve([]);
  }

  async #apply(wish: NetworkWish): Promise<Outcome> {
    const host = await this.#read();
    if (wish.tun !== null && !host.interfaces.some(({ name }) => name === wish.tun?.name)) {
      throw new Failure('network-configuration', `The tunnel device ${wish.tun.name} is gone.`);
    }
    const changes: string[] = [];
    const failed = new Map<Command['concern'], string>();
    for (const { command, args, concern, about } of plan(host, wish)) {
      const { code, stdout, stderr } = await this.runner.run(command, args);
      if (about === null) continue;
      const said = (stderr.trim() || stdout.trim()).replace(/\.$/, '');
      if (code === 0) changes.push(about);
      else if (concern === 'link') throw new Failure('network-configuration', `Cannot set ${about}: ${said}.`);
      else if (!failed.has(concern)) failed.set(concern, `${about} could not be set (${said})`);
    }
    const repaired = changes.length > 0 && JSON.stringify(this.#inForce) === JSON.stringify(wish);
    this.#inForce = wish;
    return { changes, repaired, warnings: warningsOf(host, wish, failed) };
  }

  async #read(): Promise<DarwinHost> {
    const [interfaces, four, six] = await Promise.all([
      this.runner.run('ifconfig', ['-a']),
      this.runner.run('netstat', ['-rn', '-f', 'inet']),
      this.runner.run('netstat', ['-rn', '-f', 'inet6']),
    ]);
    return parseHost(interfaces.stdout, [four.stdout, six.stdout]);
  }
}

function warningsOf(host: DarwinHost, wish: NetworkWish, failed: Map<Command['concern'], string>): Warning[] {
  const warnings: Warning[] = [];
  const named = wish.tun === null ? {} : { interface: wish.tun.name };
  const six = failed.get('ipv6');
  if (six !== undefined) {
    const message = `Peers are reached by their 100.x addresses only: ${six}.`;
    warnings.push({ code: 'ipv6-unavailable', message, ...named, sticky: false });
  }
  const four = failed.get('ipv4');
  if (four !== undefined) {
    const message = `Some peers may not be reached: ${four}.`;
    warnings.push({ code: 'network-configuration', message, ...named, sticky: false });
  }
  const holder = wish.tun === null ? undefined : findOverlayIpv6Conflicts(host, wish.tun.name)[0];
  if (holder !== undefined) warnings.push(overlayIpv6Warning(holder));
  return warnings;
}
