/**
 * The app for Electron 9 (Chromium 83, Node 12), the test tool there is where today's can't be had: the same sources,
 * compiled down, and the few modules it lacks put in. Nothing of this is shipped, and nothing of it runs elsewhere.
 */
import { build, transform, type Plugin } from 'esbuild';
import { copyFile, cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const here = import.meta.dirname;

/** Node's modules that came later, or with less in them. */
const modules: Partial<Record<string, string>> = {
  'timers/promises': `
    exports.setTimeout = (ms, value) => new Promise((resolve) => setTimeout(() => resolve(value), ms));
    exports.setImmediate = (value) => new Promise((resolve) => setImmediate(() => resolve(value)));`,
  'fs/promises': `
    const { promises } = require('fs');
    const rm = async (path, { recursive, force }) => {
      try {
        const isDirectory = (await promises.lstat(path)).isDirectory();
        await (isDirectory ? promises.rmdir(path, { recursive }) : promises.unlink(path));
      } catch (error) {
        if (!force || error.code !== 'ENOENT') throw error;
      }
    };
    module.exports = { ...promises, rm };`,
};

const oldModules: Plugin = {
  name: 'old-modules',
  setup(bundler) {
    bundler.onResolve({ filter: /^node:/ }, ({ path }) => {
      const name = path.slice('node:'.length);
      return modules[name] === undefined ? { path: name, external: true } : { path: name, namespace: 'old' };
    });
    bundler.onLoad({ filter: /.*/, namespace: 'old' }, ({ path }) => ({ contents: modules[path] ?? '' }));
  },
};

/** Makes `directory` an app that Electron 9 runs. dist-app/ has to be built. */
export async function bundleForOldElectron(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await copyFile(join(root, 'package.json'), join(directory, 'package.json'));
  await symlink(join(root, 'assets'), join(directory, 'assets'));
  await cp(join(root, 'dist-app'), join(directory, 'dist-app'), { recursive: true });
  await build({
    entryPoints: [join(here, 'main.ts')],
    external: ['electron'],
    plugins: [oldModules],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node12',
    outdir: join(directory, 'dist-app'),
    outExtension: { '.js': '.cjs' },
    logLevel: 'warning',
  });
  await compilePage(join(directory, 'dist-app', 'renderer', 'assets'));
}

/** The page's scripts as they were built, compiled down in place. */
async function compilePage(assets: string): Promise<void> {
  const scripts = (await readdir(assets)).filter((name) => name.endsWith('.js'));
  const builtins = await build({
    entryPoints: [join(here, 'builtins.ts')],
    bundle: true,
    format: 'iife',
    target: 'chrome83',
    write: false,
  });
  const before = builtins.outputFiles[0]?.text ?? '';
  for (const script of scripts) {
    const file = join(assets, script);
    const { code } = await transform(await readFile(file, 'utf8'), { target: 'chrome83', format: 'esm' });
    // Imports are executed first; these scripts have none that needs them.
    await writeFile(file, `${before}${code}`);
  }
}
