/** A Debian with a real systemd, booted on a machine of a scenario and thrown away after. */
import { existsSync } from 'node:fs';
import { readFile, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, type Argv, type Outcome } from '../command.js';
import type { Machine } from '../machine.js';
import { Process } from '../process.js';
import { eventually, sleep } from '../wait.js';
import { World } from '../world.js';
import { Workspace } from '../workspace.js';
import { copyDebian, missingDebian } from './debian.js';

/** Why none boots here, or null: one is booted, once. */
export function missingBoot(): Promise<string | null> {
  tried ??= tryToBoot();
  return tried;
}

export class Container {
  /** Process ID of its process 1, as seen from here. */
  #init = '';

  private constructor(
    readonly root: string,
    private readonly process: Process,
    private readonly cgroup: string,
  ) {}

  /** A new machine that runs Debian; it ends with the scenario. @throws where it does not come up within 30 s */
  static async boot(world: World, name = 'debian'): Promise<Container> {
    const machine = await world.machine(name);
    await makeNetwork(machine);
    const root = join(await world.scratch(name), 'root');
    await copyDebian(root);
    // Else sudo waits for name servers that nobody here can reach.
    await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost debian\n');
    const cgroup = join(cgroups, machine.namespace);
    await removeDeadGroups();
    // Not `ip netns exec`, which hides the control groups.
    const enter = ['nsenter', `--net=/run/netns/${machine.namespace}`] as const;
    const process = await Process.start([...enter, 'bash', script, root, cgroup], join(machine.directory, 'boot.log'));
    const container = new Container(root, process, cgroup);
    world.atEnd(() => container.stop());
    await eventually('systemd as process 1', 30_000, async () => {
      if (process.exit !== null) throw new Error(`it ended: ${await process.output()}`);
      container.#init = await childOf(process.pid);
      const name = await readFile(`/proc/${container.#init}/cmdline`, 'utf8');
      return name.startsWith('/lib/systemd/systemd');
    });
    await eventually('a booted system', 30_000, async () => {
      const { stdout } = await container.run('systemctl', 'is-system-running');
      return /^(running|degraded)/.test(stdout);
    });
    return container;
  }

  /** Runs a program as root inside, to its end. */
  run(...argv: Argv): Promise<Outcome> {
    const enter = ['nsenter', '--target', this.#init, '--all', '--root', '--wd', '--'] as const;
    const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    return run([...enter, ...argv], { env: { PATH: path, HOME: '/root', LC_ALL: 'C.UTF-8' }, timeoutMs: 90_000 });
  }

  /** Runs it, and fails where it fails. @returns what it printed */
  async must(...argv: Argv): Promise<string> {
    const { code, stdout, stderr } = await this.run(...argv);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${code}\n${stdout}${stderr}${await this.journal()}`);
    return stdout;
  }

  /** Runs a line of shell as a user, and fails where it fails. */
  as(user: string, line: string): Promise<string> {
    return this.must('su', user, '-s', '/bin/sh', '-c', line);
  }

  /** A path inside, seen from outside. */
  path(inside: string): string {
    return join(this.root, inside);
  }

  /** What the service said last. */
  async journal(): Promise<string> {
    return (await this.run('journalctl', '--unit', 'rayfish-desktop', '--no-pager', '--lines', '30')).stdout;
  }

  /** Ends every process of it and removes its files. */
  async stop(): Promise<void> {
    await this.process.stop('SIGKILL');
    for (let tries = 0; tries < 20 && existsSync(this.cgroup); tries++) {
      await removeGroups(this.cgroup);
      await sleep(50);
    }
    await rmdir(cgroups).catch(() => undefined);
    await rm(this.root, { recursive: true, force: true });
  }
}

let tried: Promise<string | null> | undefined;

const script = fileURLToPath(new URL('boot.sh', import.meta.url));
/** Where version 2 is: alone, or beside version 1. */
const unified = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified';
const cgroups = join(unified, 'rayfish-e2e');

async function tryToBoot(): Promise<string | null> {
  const missing = await missingDebian();
  if (missing !== null) return missing;
  const workspace = await Workspace.open();
  const world = new World(workspace);
  try {
    await Container.boot(world);
    return null;
  } catch (thrown) {
    return `no systemd boots here: ${String(thrown).slice(0, 300)}`;
  } finally {
    await world.close();
    await workspace.remove();
  }
}

/** One interface and a default route, as a helper expects of a machine. */
async function makeNetwork(machine: Machine): Promise<void> {
  await machine.ip('link add eth0 type veth peer name eth1');
  await machine.ip('address add 10.9.0.2/24 dev eth0');
  await machine.ip('link set eth0 up');
  await machine.ip('link set eth1 up');
  await machine.ip('route add default via 10.9.0.1');
}

/** `unshare` has one child: the process 1 to be. */
async function childOf(pid: number): Promise<string> {
  return (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim();
}

/** Those of runs that were killed. */
async function removeDeadGroups(): Promise<void> {
  for (const name of await readdir(cgroups).catch((): string[] => [])) {
    const events = await readFile(join(cgroups, name, 'cgroup.events'), 'utf8').catch(() => '');
    if (events.includes('populated 0')) await removeGroups(join(cgroups, name));
  }
}

async function removeGroups(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await removeGroups(join(directory, entry.name));
  }
  // Its processes may still be ending.
  await rmdir(directory).catch(() => undefined);
}
