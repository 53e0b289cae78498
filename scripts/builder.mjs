/**
 * Who builds: whoever started us, except that under sudo it is the person who called sudo. Their clone keeps
 * belonging to them, their Rust toolchain is found, and nothing of a build runs as root.
 */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { root } from './step.mjs';

/**
 * @typedef {object} Builder
 * @property {string} home
 * @property {NodeJS.ProcessEnv} env
 * @property {import('./step.mjs').Identity | undefined} identity undefined: as we are
 */

/** @returns {Builder} */
export function builder() {
  const uid = Number(process.env['SUDO_UID'] ?? 0);
  const behindSudo = process.geteuid?.() === 0 && uid !== 0 && statSync(root).uid === uid;
  const home = behindSudo ? homeOf(uid) : (process.env['HOME'] ?? '/root');
  // rustup puts cargo here and relies on the login shell to find it.
  const path = [process.env['PATH'], join(home, '.cargo', 'bin')].filter(Boolean).join(delimiter);
  if (!behindSudo) return { home, env: { ...process.env, PATH: path }, identity: undefined };
  // npm hands its settings down in variables, among them root's cache directory.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  return {
    home,
    env: { ...Object.fromEntries(inherited), HOME: home, PATH: path },
    identity: { uid, gid: Number(process.env['SUDO_GID'] ?? uid) },
  };
}

/** @param {number} uid */
function homeOf(uid) {
  const entry = execFileSync('getent', ['passwd', String(uid)], { encoding: 'utf8' });
  return entry.split(':')[5] ?? '/';
}
