/** The desktop app's TypeScript, bundled into dist-app/: main and preload one CommonJS file each, and the window. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from './npm-packages.mjs';
import { must, root } from './step.mjs';

const common = ['--bundle', '--format=cjs', '--external:electron', '--log-level=warning', '--outdir=dist-app'];
const extension = '--out-extension:.js=.cjs';

const main = ['main=src/main/main.ts', ...common, extension, '--platform=node', '--target=node24'];
/** The sandbox has no Node, and a preload script there no second file. */
const preload = ['preload=src/preload/preload.ts', ...common, extension, '--platform=browser', '--target=chrome142'];

/** @param {import('./builder.mjs').Builder} builder */
export async function bundleApp(builder) {
  rmSync(join(root, 'dist-app'), { recursive: true, force: true });
  await must('Bundling the app', [tool('esbuild'), ...main], builder);
  await must('Bundling the preload script', [tool('esbuild'), ...preload], builder);
  const vite = /** @type {const} */ (['build', '--config', 'src/renderer/vite.config.ts', '--logLevel', 'warn']);
  await must('Building the window', [tool('vite'), ...vite], builder);
}
