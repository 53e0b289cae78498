/** The background service of this machine: what `rayfish service` does, as root. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { processRunner, type Runner } from '../helper/network/runner.js';
import { Operators } from '../helper/operators.js';
import { Failure, toFailure } from '../shared/errors.js';
import { ownBundle, readManifest } from './bundle.js';
import { currentCopy, placeCopy, removeCopy, removeState, type Placement } from './copy.js';
import { logCommand, serviceLayout, type ServiceLayout } from './layout.js';
import { manage, serviceRun, type ServiceRun } from './manager.js';
import { rootOnly, type Trust } from './trust.js';
import { findUser, invokingUid, userName, type User } from './users.js';

export interface ServiceWorld {
  layout: ServiceLayout;
  runner: Runner;
  trust: Trust;
  env: Readonly<Record<string, string | undefined>>;
  /** The bundle this program is part of. */
  bundle: string | null;
  /** Whether a helper answers; asked until it does. */
  answers: () => Promise<boolean>;
  /** How long one that was started may take to answer. */
  patienceMs?: number;
}

export interface ServiceStatus extends Omit<ServiceRun, 'restarted'> {
  /** Who brought the files: nobody, a deb or rpm, or `service install`. */
  installed: 'no' | 'package' | 'copy';
  /** Of the files, null where there are none. */
  version: string | null;
}

export interface Installation {
  /** Who may now use the service besides root: who asked for it. */
  operator: User | null;
}

export class Service {
  readonly #world: ServiceWorld;

  constructor(world: ServiceWorld) {
    this.#world = world;
  }

  /**
   * Puts the files in place where that is needed, makes who asked an operator, and sees the service run, now and at
   * every boot. Done twice it changes nothing; done by a newer version it upgrades, and where that does not run, the
   * version from before does again.
   */
  async install(): Promise<Installation> {
    const { layout, runner, env } = this.#world;
    // Before anything is changed: is there a manager at all?
    await serviceRun(runner, layout.platform);
    const placement = this.#place();
    const uid = invokingUid(env);
    const operator = uid === null ? null : { uid, name: await userName(runner, uid) };
    if (operator !== null) this.#operators().add(operator.uid);
    try {
      await this.#run('enable');
    } catch (error) {
      if (placement?.undo() !== true) throw error;
      await this.#run('enable');
      const why = toFailure(error).message;
      throw new Failure('service-failed', `Nothing was upgraded, the version from before runs again. ${why}`, {
        cause: error,
      });
    }
    placement?.keep();
    return { operator };
  }

  /** @returns what is left for somebody else to remove: a package's files */
  async uninstall(keepIdentity: boolean): Promise<{ packageLeft: boolean }> {
    const { layout, runner } = this.#world;
    const { installed } = await this.status();
    if (installed === 'no') throw notInstalled();
    await manage(runner, 'disable', layout);
    removeCopy(layout);
    await manage(runner, 'forget', layout);
    removeState(layout, keepIdentity);
    return { packageLeft: this.#hasPackage() };
  }

  async start(): Promise<void> {
    if ((await this.status()).installed === 'no') throw notInstalled();
    await this.#run('start');
  }

  /** Until the next boot, or `start`. */
  async stop(): Promise<void> {
    const { layout, runner } = this.#world;
    if ((await this.status()).installed === 'no') throw notInstalled();
    await manage(runner, 'stop', layout);
  }

  /** Anybody may ask. */
  async status(): Promise<ServiceStatus> {
    const { layout, runner, answers } = this.#world;
    const copied = existsSync(layout.definition);
    if (!copied && !this.#hasPackage()) return { installed: 'no', version: null, state: 'stopped', atBoot: false };
    const place = copied ? currentCopy(layout) : this.#packagedBundle();
    const { state, restarted, atBoot } = await serviceRun(runner, layout.platform);
    // The manager calls it running from its first instruction on.
    const silent = state === 'running' && !(await answers());
    const version = place === null ? null : (readManifest(place)?.version ?? null);
    return {
      installed: copied ? 'copy' : 'package',
      version,
      state: silent ? (restarted ? 'failing' : 'starting') : state,
      atBoot,
    };
  }

  /** The users who may use the service besides root. */
  async operators(): Promise<User[]> {
    const { runner } = this.#world;
    const uids = this.#operators().all();
    return Promise.all(uids.map(async (uid) => ({ uid, name: await userName(runner, uid) })));
  }

  /** @param user a name or uid. @throws Failure `user-unknown` */
  async addOperator(user: string): Promise<User> {
    const found = await findUser(this.#world.runner, user);
    if (found.uid === 0) throw new Failure('usage', 'root may do everything already.');
    this.#operators().add(found.uid);
    return found;
  }

  /** @param user a name or uid, also of a user who is gone. @throws Failure `user-unknown` */
  async removeOperator(user: string): Promise<User> {
    const operators = this.#operators();
    const gone = /^\d{1,10}$/.test(user) && operators.has(Number(user));
    const found = gone ? { uid: Number(user), name: user } : await findUser(this.#world.runner, user);
    operators.remove(found.uid);
    return found;
  }

  #operators(): Operators {
    const { stateDir } = this.#world.layout;
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    return new Operators(stateDir);
  }

  #hasPackage(): boolean {
    const { packagedDefinition } = this.#world.layout;
    return packagedDefinition !== null && existsSync(packagedDefinition);
  }

  #isPackaged(bundle: string): boolean {
    // A definition of our own would win over the package's, and run an older copy.
    return bundle === this.#packagedBundle() && !existsSync(this.#world.layout.definition);
  }

  /** The bundle the package's unit runs. */
  #packagedBundle(): string | null {
    const { packagedDefinition } = this.#world.layout;
    if (packagedDefinition === null || !existsSync(packagedDefinition)) return null;
    const unit = readFileSync(packagedDefinition, 'utf8');
    return /^ExecStart="?([^"\n]+?)\/bin\/node"?\s/m.exec(unit)?.[1] ?? null;
  }

  /** @returns null where this program's bundle is in its place already */
  #place(): Placement | null {
    const { layout, trust, bundle } = this.#world;
    if (bundle === null) {
      throw new Failure('service-failed', 'The service is not built here. In the checkout: npm run build:service');
    }
    const inPlace = bundle === currentCopy(layout) || this.#isPackaged(bundle);
    return inPlace ? null : placeCopy(bundle, layout, trust);
  }

  /** Until it answers. @throws Failure `service-failed` or `service-unsupported` */
  async #run(task: 'enable' | 'start'): Promise<void> {
    const { layout, runner, answers, patienceMs = 15_000 } = this.#world;
    await manage(runner, task, layout);
    for (let waited = 0; ; waited += 200) {
      if (await answers()) return;
      if (waited >= patienceMs) break;
      await delay(200);
    }
    throw new Failure(
      'service-failed',
      `The background service was started and does not answer. What it says: ${logCommand(layout.platform)}`,
    );
  }
}

/** The service of this machine. */
export function thisMachine(answers: () => Promise<boolean>): Service {
  return new Service({
    layout: serviceLayout(),
    runner: processRunner([], 60_000),
    trust: rootOnly,
    env: process.env,
    bundle: ownBundle(import.meta.url),
    answers,
  });
}

function notInstalled(): Failure {
  return new Failure('service-missing', 'The background service is not installed.');
}
