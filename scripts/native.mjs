/** The Rust crate: how cargo is called for it, and its build into native/index.node and native/index.d.ts. */
import { chownSync, copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tool } from './npm-packages.mjs';
import { must, root } from './step.mjs';
import { hostTarget } from './toolchain.mjs';

/** @typedef {import('./builder.mjs').Builder} Builder */

const manifest = ['--manifest-path', 'native/Cargo.toml'];

/**
 * Builds the crate in release mode, the one way everything here uses it.
 * @param {Builder} builder
 */
export async function buildNative(builder) {
  // Without --platform no loader script is made: one machine's build needs none, and the generated one lets an
  // environment variable choose the library that root loads.
  const paths = [...manifest, '--output-dir', 'native', '--target-dir', targetDirectory(builder)];
  const argv = /** @type {const} */ ([tool('napi'), 'build', '--release', ...paths, '--', '--locked']);
  await must('Building the data plane (Rust; minutes the first time)', argv, cargoOptions(builder));
}

/**
 * Builds what the end-to-end scenarios pit against ours.
 * @param {Builder} builder
 */
export async function buildAdversaries(builder) {
  await buildTools(builder, 'Building the adversaries of the scenarios', ['hostile', 'tamper', 'udp_load']);
}

/**
 * Builds programs of native/examples into native/.
 * @param {Builder} builder
 * @param {string} sentence
 * @param {readonly string[]} names
 */
export async function buildTools(builder, sentence, names) {
  const argv = cargo(builder, 'build', ...names.flatMap((name) => ['--example', name]));
  await must(sentence, argv, cargoOptions(builder));
  for (const name of names) {
    const built = join(targetDirectory(builder), hostTarget(builder), 'release', 'examples', name);
    const placed = join(root, 'native', name);
    // A copy over a program that runs would fail.
    rmSync(placed, { force: true });
    copyFileSync(built, placed);
    if (builder.identity) chownSync(placed, builder.identity.uid, builder.identity.gid);
  }
}

/**
 * Builds the micro-benchmark, so that it only has to run when it is its turn.
 * @param {Builder} builder
 */
export async function buildBenchmark(builder) {
  const argv = cargo(builder, 'bench', '--bench', 'packet', '--no-run');
  await must('Building the micro-benchmark', argv, cargoOptions(builder));
}

/**
 * A cargo command line for the crate that shares what `buildNative` compiled.
 * @param {Builder} builder
 * @param {string} command
 * @param {readonly string[]} words what comes after
 * @returns {import('./step.mjs').Argv}
 */
export function cargo(builder, command, ...words) {
  // napi always names the target; without it cargo would compile everything a second time elsewhere.
  const shared = ['--locked', '--target', hostTarget(builder), '--target-dir', targetDirectory(builder)];
  // Benchmarks always are what a release is; cargo refuses the word there.
  const profile = command === 'bench' ? [] : ['--release'];
  return ['cargo', command, ...manifest, ...profile, ...shared, ...words];
}

/**
 * How a step runs cargo: as the builder, with its progress bar on though no terminal is attached.
 * @param {Builder} builder
 * @returns {import('./step.mjs').StepOptions}
 */
export function cargoOptions({ env, identity }) {
  return { env: { ...env, CARGO_TERM_PROGRESS_WHEN: 'always', CARGO_TERM_PROGRESS_WIDTH: '100' }, identity };
}

/**
 * Where cargo keeps what it compiled: outside the clone, so that a new clone starts warm.
 * @param {Builder} builder
 */
function targetDirectory({ env, home }) {
  return env['RAYFISH_CARGO_TARGET'] ?? join(home, '.cache', 'rayfish-desktop', 'cargo');
}
