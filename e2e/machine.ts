/** A machine of a scenario: a network namespace with only a loopback device until something is plugged in. */
import { join } from 'node:path';
import { must, run, type Argv, type Outcome, type RunOptions } from './command.js';
import { Process } from './process.js';
import type { Workspace } from './workspace.js';

export interface AddressInfo {
  family: 'inet' | 'inet6';
  local: string;
  /** The other end, where it is a point-to-point address. */
  address?: string;
  prefixlen: number;
  scope: string;
}

export interface LinkInfo {
  ifindex: number;
  ifname: string;
  flags: string[];
  mtu: number;
  link_type: string;
  addr_info: AddressInfo[];
}

export interface RouteInfo {
  dst: string;
  type?: string;
  dev?: string;
  gateway?: string;
  metric?: number;
  prefsrc?: string;
}

export class Machine {
  #programs = 0;

  private constructor(
    readonly name: string,
    readonly namespace: string,
    /** Its own directory, for the state and sockets of its helpers. */
    readonly directory: string,
    private readonly onProcess: (process: Process) => void,
  ) {}

  /**
   * @param label unique within the workspace.
   * @param onProcess told of every program started on it, so that somebody ends them.
   */
  static async make(
    workspace: Workspace,
    name: string,
    label: string,
    onProcess: (process: Process) => void,
  ): Promise<Machine> {
    const namespace = await workspace.addNamespace(label);
    await must(['ip', '-n', namespace, 'link', 'set', 'lo', 'up']);
    return new Machine(name, namespace, await workspace.directoryFor(label), onProcess);
  }

  /** The command as it runs on this machine. */
  argv(argv: Argv): Argv {
    return ['ip', 'netns', 'exec', this.namespace, ...argv];
  }

  run(argv: Argv, options?: RunOptions): Promise<Outcome> {
    return run(this.argv(argv), options);
  }

  must(argv: Argv, options?: RunOptions): Promise<string> {
    return must(this.argv(argv), options);
  }

  /** Starts a program that goes on beside the scenario. */
  async start(argv: Argv, env?: NodeJS.ProcessEnv): Promise<Process> {
    this.#programs += 1;
    const process = await Process.start(this.argv(argv), join(this.directory, `program-${this.#programs}.log`), env);
    this.onProcess(process);
    return process;
  }

  /** `ip` with the words of one string. */
  ip(words: string): Promise<string> {
    return must(['ip', '-n', this.namespace, ...words.split(' ')]);
  }

  async #ipJson<T>(words: string): Promise<T[]> {
    const text = await must(['ip', '-n', this.namespace, '-json', ...words.split(' ')]);
    return text.trim() === '' ? [] : (JSON.parse(text) as T[]);
  }

  links(): Promise<LinkInfo[]> {
    return this.#ipJson<LinkInfo>('address show');
  }

  /** The interface of that name, or undefined. */
  async link(name: string): Promise<LinkInfo | undefined> {
    return (await this.links()).find(({ ifname }) => ifname === name);
  }

  /** Routes of one family in the main table, `unreachable` ones included. */
  routes(family: 4 | 6): Promise<RouteInfo[]> {
    return this.#ipJson<RouteInfo>(`-${family} route show table main`);
  }

  rules(family: 4 | 6): Promise<{ priority: number; src?: string; dst?: string; table?: string }[]> {
    return this.#ipJson(`-${family} rule show`);
  }

  /** Where the kernel would send a packet; the words of `ip route get`, or of its error. */
  async routeTo(address: string): Promise<string> {
    const { stdout, stderr } = await run(['ip', '-n', this.namespace, 'route', 'get', address]);
    return `${stdout}${stderr}`.trim();
  }

  async sysctl(key: string, value: string): Promise<void> {
    await this.must(['sysctl', '-qw', `${key}=${value}`]);
  }

  /** Loads nftables rules. */
  async nft(rules: string): Promise<void> {
    await this.must(['nft', '-f', '-'], { input: rules });
  }
}
