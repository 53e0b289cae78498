/** The TypeScript of the command line and the helper, bundled into dist/. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from './npm-packages.mjs';
import { must, root } from './step.mjs';

/** `rayfish` runs on every key press of a shell user: one file, with what only the helper needs split off it. */
const esbuildArguments = [
  'rayfish=src/cli/main.ts',
  '--bundle',
  '--splitting',
  '--platform=node',
  '--format=esm',
  '--target=node20',
  '--outdir=dist',
  '--external:*.node',
  '--log-level=warning',
  // commander is CommonJS and asks for Node's modules with `require`.
  "--banner:js=import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
];

/** @param {import('./builder.mjs').Builder} builder */
export async function bundle(builder) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  await must('Bundling the command line and the helper', [tool('esbuild'), ...esbuildArguments], builder);
}
