/**
 * One run's own directory, and the record of every namespace it made. A run that was killed leaves its record
 * behind; the next one removes what that record names and nothing else.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must, run } from './command.js';

const home = '/run/rayfish-e2e';
/** For what is too large for memory. */
const diskHome = '/var/tmp/rayfish-e2e';
const ownerFile = 'owner';
const keptFile = 'kept';
const namespaces = 'namespaces';

export class Workspace {
  readonly #adding = new Set<Promise<void>>();
  #over = false;
  #kept = false;

  private constructor(
    /** Short and part of every name that this run makes. */
    readonly id: string,
    readonly directory: string,
  ) {}

  /** Makes a workspace, after removing those of runs that died. */
  static async open(): Promise<Workspace> {
    await Workspace.removeDead();
    const id = randomBytes(3).toString('hex');
    const directory = join(home, id);
    await mkdir(join(directory, namespaces), { recursive: true });
    await writeFile(join(directory, ownerFile), await processIdentity(process.pid));
    return new Workspace(id, directory);
  }

  /** Removes what runs left that are no longer alive. */
  static async removeDead(): Promise<void> {
    for (const workspace of await Workspace.#all()) {
      const owner = await readFile(join(workspace.directory, ownerFile), 'utf8').catch(() => null);
      // Without an owner it is kept on purpose.
      if (owner === null) continue;
      const pid = Number(owner.split(' ')[0]);
      if ((await processIdentity(pid)) !== owner) await workspace.remove();
    }
  }

  /** Removes what `keep` left standing. Returns how many there were. */
  static async removeKept(): Promise<number> {
    let count = 0;
    for (const workspace of await Workspace.#all()) {
      const kept = await readFile(join(workspace.directory, keptFile)).catch(() => null);
      if (kept === null) continue;
      await workspace.remove();
      count += 1;
    }
    return count;
  }

  static async #all(): Promise<Workspace[]> {
    const ids = await readdir(home).catch((): string[] => []);
    return ids.map((id) => new Workspace(id, join(home, id)));
  }

  /** A directory of this run, made. */
  async directoryFor(...names: string[]): Promise<string> {
    const directory = join(this.directory, ...names);
    await mkdir(directory, { recursive: true });
    return directory;
  }

  /** A directory of this run on a disk, made. */
  async scratch(label: string): Promise<string> {
    const directory = join(diskHome, this.id, label);
    await mkdir(directory, { recursive: true });
    return directory;
  }

  /** Makes a network namespace; its name is in the record before it exists. */
  async addNamespace(label: string): Promise<string> {
    if (this.#over) throw new Error(`no namespace ${label} is made: everything is being removed`);
    const name = `rf-${this.id}-${label}`;
    const adding = this.#add(name);
    this.#adding.add(adding);
    await adding.finally(() => this.#adding.delete(adding));
    return name;
  }

  async #add(name: string): Promise<void> {
    await writeFile(join(this.directory, namespaces, name), '');
    await must(['ip', 'netns', 'add', name]);
  }

  /** Ends every process in the namespace and removes it, with its devices. */
  async removeNamespace(name: string): Promise<void> {
    const pids = (await run(['ip', 'netns', 'pids', name])).stdout.split('\n').filter(Boolean);
    if (pids.length > 0) await run(['kill', '-KILL', ...pids]);
    await run(['ip', 'netns', 'del', name]);
    // One that is still there stays on record, for the next run.
    if (!existsSync(join('/run/netns', name))) await rm(join(this.directory, namespaces, name), { force: true });
  }

  /** Leaves everything standing when this run ends, until `removeKept`. */
  async keep(): Promise<void> {
    this.#kept = true;
    await rename(join(this.directory, ownerFile), join(this.directory, keptFile));
  }

  /** Whether everything stays when this run ends. */
  get isKept(): boolean {
    return this.#kept;
  }

  /** Removes everything this run made; nothing more is made. */
  async remove(): Promise<void> {
    this.#over = true;
    // Removed before it is there, it would stay.
    await Promise.allSettled(this.#adding);
    for (const name of await this.#recorded()) await this.removeNamespace(name);
    await rm(join(diskHome, this.id), { recursive: true, force: true });
    if ((await this.#recorded()).length === 0) await rm(this.directory, { recursive: true, force: true });
  }

  async #recorded(): Promise<string[]> {
    return readdir(join(this.directory, namespaces)).catch(() => []);
  }
}

/** A process ID and its start time: no later process is the same. */
async function processIdentity(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return `${pid} gone`;
  // The second field is the name in parentheses and may hold anything; the start time is field 22.
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return `${pid} ${afterName[19] ?? ''}`;
}
