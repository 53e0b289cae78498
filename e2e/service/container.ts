/** A Debian with a real systemd, booted in namespaces of its own and thrown away after. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

export class Container {
  private constructor(
    readonly root: string,
    private readonly outer: ChildProcess,
    private readonly init: number,
    private readonly cgroup: string,
  ) {}

  /** Boots the system in a directory. @throws where it does not come up within 30 s */
  static async boot(root: string): Promise<Container> {
    const unified = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified';
    const cgroup = `${unified}/rayfish-e2e-${process.pid}`;
    const script = fileURLToPath(new URL('boot.sh', import.meta.url));
    const outer = spawn('bash', [script, root, cgroup], { stdio: ['ignore', 'ignore', 'inherit'] });
    for (let tries = 0; tries < 150; tries++) {
      await delay(200);
      if (outer.exitCode !== null) break;
      const init = Number(readFileSync(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8').trim());
      if (init === 0 || !readFileSync(`/proc/${init}/cmdline`, 'utf8').startsWith('/lib/systemd/systemd')) continue;
      const container = new Container(root, outer, init, cgroup);
      const { stdout } = await container.run('systemctl', 'is-system-running');
      if (/^(running|degraded)/.test(stdout)) return container;
    }
    outer.kill('SIGKILL');
    throw new Error('no systemd came up');
  }

  /** Runs a program as root inside, to its end. */
  run(...argv: readonly string[]): Promise<Said> {
    const args = ['--target', String(this.init), '--all', '--root', '--wd', '--', ...argv];
    const env = {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      HOME: '/root',
      LC_ALL: 'C.UTF-8',
    };
    return new Promise((resolve) => {
      execFile('nsenter', args, { env, timeout: 90_000, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        resolve({ code, stdout, stderr });
      });
    });
  }

  /** Runs it, and fails where it fails. @returns what it printed */
  async must(...argv: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...argv);
    if (code !== 0) throw new Error(`${argv.join(' ')}: ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** A path inside, seen from outside. */
  path(inside: string): string {
    return join(this.root, inside);
  }

  /** Ends every process of it. */
  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.outer.once('exit', resolve));
    if (this.outer.exitCode === null && this.outer.kill('SIGKILL')) await ended;
    for (let tries = 0; tries < 20 && existsSync(this.cgroup); tries++) {
      await delay(100);
      removeGroups(this.cgroup);
    }
    rmSync(this.root, { recursive: true, force: true });
  }
}

function removeGroups(directory: string): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeGroups(join(directory, entry.name));
  }
  try {
    rmdirSync(directory);
  } catch {
    // Its processes are still ending.
  }
}
