/** Node and Rust: present, and new enough. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StepFailure, root } from './step.mjs';

/**
 * Checks Node and cargo against what package.json and native/Cargo.toml ask for.
 * @param {import('./builder.mjs').Builder} builder
 * @throws {StepFailure} saying what to install
 */
export function checkToolchain(builder) {
  const node = wanted('package.json', /"node": ">=([\d.]+)"/);
  if (!isAtLeast(process.versions.node, node)) {
    throw new StepFailure(`This is Node ${process.versions.node}; Rayfish needs ${node} or newer: https://nodejs.org`);
  }
  const rust = wanted('native/Cargo.toml', /rust-version = "([\d.]+)"/);
  const cargo = answer(builder, ['cargo', '--version']);
  if (cargo === null) {
    throw new StepFailure(`Rust is missing. Install ${rust} or newer, for instance from https://rustup.rs`);
  }
  const version = /\d+(\.\d+)+/.exec(cargo)?.[0] ?? '0';
  if (!isAtLeast(version, rust)) {
    throw new StepFailure(`This is Rust ${version}; Rayfish needs ${rust} or newer. With rustup: rustup update stable`);
  }
}

/**
 * Whether an optional part of the Rust toolchain (`fmt`, `clippy`) is there.
 * @param {import('./builder.mjs').Builder} builder
 * @param {string} part
 */
export function hasCargoPart(builder, part) {
  return answer(builder, ['cargo', part, '--version']) !== null;
}

/**
 * The target triple of this machine.
 * @param {import('./builder.mjs').Builder} builder
 */
export function hostTarget(builder) {
  const triple = /^host: (\S+)$/m.exec(answer(builder, ['rustc', '-vV']) ?? '')?.[1];
  if (triple === undefined) throw new StepFailure('rustc does not say which machine it builds for.');
  return triple;
}

/**
 * Compares dotted version numbers.
 * @param {string} version
 * @param {string} least
 */
export function isAtLeast(version, least) {
  return version.localeCompare(least, 'en', { numeric: true }) >= 0;
}

/**
 * @param {import('./builder.mjs').Builder} builder
 * @param {import('./step.mjs').Argv} argv
 */
function answer({ env, identity }, [program, ...args]) {
  try {
    return execFileSync(program, args, {
      cwd: root,
      env,
      ...identity,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch {
    return null;
  }
}

/**
 * @param {string} file
 * @param {RegExp} pattern
 */
function wanted(file, pattern) {
  const version = pattern.exec(readFileSync(join(root, file), 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${file} names no minimum version`);
  return version;
}
