/**
 * The relay that the scenarios reach peers through: iroh's own server, of the version that the data plane is made with. It
 * comes from its crate, and is compiled once, without optimisation: that takes a quarter of the time, and nobody measures it.
 */
import { existsSync, mkdirSync, chownSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cargoOptions } from './native.mjs';
import { root, say, step } from './step.mjs';

/** @typedef {import('./builder.mjs').Builder} Builder */

const lockfile = join(root, 'native', 'Cargo.lock');

/**
 * The relay's program, or null.
 * @param {Builder} builder
 */
export function testRelay(builder) {
  const program = programIn(cache(builder));
  return existsSync(program) ? program : null;
}

/**
 * Compiles it where it is not there yet. Where that fails, what needs it is skipped.
 * @param {Builder} builder
 */
export async function provideTestRelay(builder) {
  if (testRelay(builder) !== null || process.platform !== 'linux') return;
  const wanted = cache(builder);
  const beside = `${wanted}.${process.pid}`;
  own(beside, builder);
  const source = ['iroh-relay', '--version', relayVersion(), '--locked', '--features', 'server'];
  const argv = /** @type {const} */ (['cargo', 'install', ...source, '--debug', '--no-track', '--root', beside]);
  const options = cargoOptions(builder);
  const env = { ...options.env, CARGO_TARGET_DIR: join(beside, 'target'), CARGO_PROFILE_DEV_DEBUG: '0' };
  const { passed } = await step('Building a relay for the scenarios (cargo install; minutes)', argv, {
    ...options,
    env,
  });
  rmSync(join(beside, 'target'), { recursive: true, force: true });
  if (passed && existsSync(programIn(beside)) && !existsSync(wanted)) renameSync(beside, wanted);
  rmSync(beside, { recursive: true, force: true });
  if (testRelay(builder) === null) say('Without it relayed connections are not tested here.');
}

/** The version of iroh's relay protocol that the data plane was locked to. */
function relayVersion() {
  const version = /name = "iroh-relay"\nversion = "([^"]+)"/.exec(readFileSync(lockfile, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`${lockfile} names no iroh-relay`);
  return version;
}

/** @param {string} directory */
function programIn(directory) {
  return join(directory, 'bin', 'iroh-relay');
}

/**
 * Outside the clone, so that a new clone has it.
 * @param {Builder} builder
 */
function cache({ env, home }) {
  return env['RAYFISH_TEST_RELAY'] ?? join(home, '.cache', 'rayfish-desktop', `iroh-relay-${relayVersion()}`);
}

/**
 * Makes a directory that belongs to the builder.
 * @param {string} directory
 * @param {Builder} builder
 */
function own(directory, { identity }) {
  for (const path of [dirname(directory), directory]) {
    if (existsSync(path)) continue;
    mkdirSync(path, { recursive: true });
    if (identity) chownSync(path, identity.uid, identity.gid);
  }
}
