/** The network of a Linux host, by iproute2. */
import { Failure } from '../../../shared/errors.js';
import type { Warning } from '../../../shared/status.js';
import { findOverlayIpv6Conflicts, overlayIpv6Warning } from '../cgnat.js';
import { watchCommand } from '../monitor.js';
import type { Network, NetworkWish, Outcome, Survey } from '../network.js';
import type { Runner } from '../runner.js';
import { surveyOf } from '../survey.js';
import { Turns } from '../turns.js';
import { backstopRemoval } from './backstops.js';
import { execute, type FailedStep } from './execute.js';
import { checkFirewall } from './firewall.js';
import { plan } from './plan.js';
import { readHost, type LinuxHost } from './state.js';

export class LinuxNetwork implements Network {
  /** The wish last applied, as text; a change against it is somebody else's doing. */
  #inForce: string | null = null;
  readonly #turns = new Turns();

  constructor(private readonly runner: Runner) {}

  async survey(ownTun: string | null): Promise<Survey> {
    return surveyOf(await readHost(this.runner), ownTun);
  }

  apply(wish: NetworkWish): Promise<Outcome> {
    return this.#turns.take(() => this.#apply(wish));
  }

  remove(instance: number): Promise<void> {
    return this.#turns.take(async () => {
      this.#inForce = null;
      try {
        await execute(this.runner, backstopRemoval(await readHost(this.runner), instance));
      } catch {
        // Stopping goes on; the next start finds by the instance what is left.
      }
    });
  }

  watch(onChange: () => void): () => void {
    return watchCommand(this.runner, 'ip', ['monitor', 'link', 'address', 'route', 'rule'], onChange);
  }

  async firewall(tun: string, ports: number[], ipv6Only: boolean): Promise<Warning[]> {
    const { lan } = await this.survey(tun);
    const interfaces = lan.map(({ name }) => name);
    return checkFirewall(this.runner, { tun, ports, interfaces, ipv6Only });
  }

  async #apply(wish: NetworkWish): Promise<Outcome> {
    const host = await readHost(this.runner);
    if (wish.tun !== null && !host.interfaces.some(({ name }) => name === wish.tun?.name)) {
      throw new Failure('network-configuration', `The tunnel device ${wish.tun.name} is gone.`);
    }
    const steps = plan(host, wish);
    const failed = await execute(this.runner, steps);
    const hopeless = failed.find(({ step }) => step.concern === 'link');
    if (hopeless !== undefined) {
      throw new Failure('network-configuration', `Cannot set ${hopeless.step.about}: ${hopeless.reason}.`);
    }
    const changes = steps.filter((step) => !failed.some((other) => other.step === step)).map(({ about }) => about);
    const text = JSON.stringify(wish);
    const repaired = changes.length > 0 && this.#inForce === text;
    this.#inForce = text;
    return { changes, repaired, warnings: warningsOf(host, wish, failed) };
  }
}

function warningsOf(host: LinuxHost, wish: NetworkWish, failed: readonly FailedStep[]): Warning[] {
  const warnings: Warning[] = [];
  const named = wish.tun === null ? {} : { interface: wish.tun.name };
  const six = host.withoutIpv6 ?? failed.find(isWithoutIpv6)?.reason;
  if (six !== undefined) {
    const goesOn = wish.ipv6Only ? 'No peer can be reached' : 'Peers are reached by their 100.x addresses only';
    const message = `${goesOn}: IPv6 cannot be used on this device (${withoutStop(six)}). Switch IPv6 on to use it.`;
    warnings.push({ code: 'ipv6-unavailable', message, ...named, sticky: false });
  }
  const other = failed.find(({ step }) => six === undefined || step.concern !== 'ipv6');
  if (other !== undefined) {
    const { about } = other.step;
    const message = `Some peers may not be reached: ${about} could not be changed (${withoutStop(other.reason)}).`;
    warnings.push({ code: 'network-configuration', message, ...named, sticky: false });
  }
  const holder = wish.tun === null ? undefined : findOverlayIpv6Conflicts(host, wish.tun.name)[0];
  if (holder !== undefined) warnings.push(overlayIpv6Warning(holder));
  return warnings;
}

/** Without IPv6 on the host every IPv6 step may fail; that is one trouble, not many. */
function isWithoutIpv6({ step, reason }: FailedStep): boolean {
  if (step.concern !== 'ipv6') return false;
  return step.args[0] === 'address' || /IPv6 is disabled|not supported/i.test(reason);
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
