/** What one scenario plays in: its machines, LANs and helpers, all gone when it ends. */
import { join } from 'node:path';
import { Helper, type HelperOptions } from './helper.js';
import { Lan, type LanOptions } from './lan.js';
import { Machine } from './machine.js';
import type { Process } from './process.js';
import type { Workspace } from './workspace.js';

let worlds = 0;

export class World {
  /** Figures the scenario measured, for the report. */
  readonly figures = new Map<string, number>();
  readonly #number = ++worlds;
  readonly #machines: Machine[] = [];
  readonly #helpers: Helper[] = [];
  readonly #processes: Process[] = [];
  readonly #endings: (() => Promise<unknown>)[] = [];
  #closed = false;

  constructor(private readonly workspace: Workspace) {}

  async machine(name: string): Promise<Machine> {
    if (this.#closed) throw new Error('the scenario is over');
    const namesake = this.#machines.filter((other) => other.name === name).length;
    const label = `${this.#number}-${name}${namesake === 0 ? '' : namesake + 1}`;
    const machine = await Machine.make(this.workspace, name, label, (process) => {
      this.#processes.push(process);
    });
    this.#machines.push(machine);
    return machine;
  }

  /** A directory on a disk, made; gone at the latest with the run. */
  scratch(label: string): Promise<string> {
    return this.workspace.scratch(`${this.#number}-${label}`);
  }

  /** One LAN with these machines on it: two joined directly, any other number by a bridge. */
  async lan(machines: readonly Machine[], options: LanOptions = { number: 1 }): Promise<Lan> {
    const [one, other] = machines;
    if (machines.length === 2 && one !== undefined && other !== undefined) {
      const lan = new Lan(null, options);
      await lan.join(one, other);
      return lan;
    }
    const segment = await this.machine(`segment${options.number}`);
    // What a bridge does not remember, it sends everywhere.
    await segment.ip(`link add bridge type bridge${options.hub === true ? ' ageing_time 0' : ''}`);
    await segment.ip('link set bridge up');
    const lan = new Lan(segment, options);
    for (const machine of machines) await lan.plugIn(machine);
    return lan;
  }

  /** A helper that is not running yet. */
  prepare(machine: Machine, options: HelperOptions = {}, name = machine.name): Helper {
    const helper = new Helper(name, machine, join(machine.directory, name), options);
    this.#helpers.push(helper);
    return helper;
  }

  /** A helper on the machine, started and ready. */
  async helper(machine: Machine, options: HelperOptions = {}, name = machine.name): Promise<Helper> {
    const helper = this.prepare(machine, options, name);
    await helper.start();
    return helper;
  }

  /** Helpers on machines of these names, all on one LAN, that do not know each other yet. */
  async neighbours(names: readonly string[], lan?: LanOptions): Promise<{ helpers: Helper[]; lan: Lan }> {
    const machines: Machine[] = [];
    for (const name of names) machines.push(await this.machine(name));
    const made = await this.lan(machines, lan);
    return { helpers: await Promise.all(machines.map((machine) => this.helper(machine))), lan: made };
  }

  /** Two helpers on one LAN that do not know each other yet. */
  async strangers(lan?: LanOptions): Promise<{ alice: Helper; bob: Helper; lan: Lan }> {
    const { helpers, lan: made } = await this.neighbours(['alice', 'bob'], lan);
    const [alice, bob] = helpers;
    if (alice === undefined || bob === undefined) throw new Error('two helpers were asked for');
    return { alice, bob, lan: made };
  }

  /** Two helpers on one LAN, added to each other and connected. */
  async pair(lan?: LanOptions): Promise<{ alice: Helper; bob: Helper; lan: Lan }> {
    const strangers = await this.strangers(lan);
    await befriend(strangers.alice, strangers.bob);
    return strangers;
  }

  /** Takes a machine away before the end, with all that runs on it. */
  async remove(machine: Machine): Promise<void> {
    await this.workspace.removeNamespace(machine.namespace);
  }

  /** What every helper has said, its last lines. */
  async logs(lines = 60): Promise<string> {
    const texts = await Promise.all(
      this.#helpers.map(async (helper) => {
        const log = await helper.log().catch(() => '');
        return `--- ${helper.name}\n${log.trimEnd().split('\n').slice(-lines).join('\n')}`;
      }),
    );
    return texts.join('\n');
  }

  /** Lets every program run on when this one ends. */
  leave(): void {
    for (const process of this.#processes) process.leave();
  }

  /** Has something of a scenario's own ended with it, the newest first. */
  atEnd(ending: () => Promise<unknown>): void {
    this.#endings.unshift(ending);
  }

  /** Ends every program and removes every machine. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#endings) await end();
    await Promise.all(this.#processes.map((process) => process.stop('SIGKILL')));
    for (const machine of this.#machines) await this.workspace.removeNamespace(machine.namespace);
  }
}

/** Pastes each one's ID on the other side and waits until both say connected. */
export async function befriend(one: Helper, other: Helper): Promise<void> {
  await Promise.all([
    one.call('add-peer', { target: other.id, name: other.name }),
    other.call('add-peer', { target: one.id, name: one.name }),
  ]);
  await Promise.all([one.untilPeer(other, 'connected'), other.untilPeer(one, 'connected')]);
}
