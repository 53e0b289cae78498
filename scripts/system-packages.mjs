/** The programs of the operating system that building and testing need, and the packages that bring them. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StepFailure, must, say, step } from './step.mjs';

/**
 * @typedef {'build' | 'test'} Purpose
 * @typedef {'apt' | 'dnf' | 'pacman'} Manager
 * @typedef {object} Requirement
 * @property {string} program or a library, `libNAME.so.N`
 * @property {Purpose} purpose `test` covers the demo too
 * @property {Record<Manager, string>} packages
 */

/** @type {readonly Requirement[]} */
const requirements = [
  needs('cc', 'build', 'build-essential', 'gcc', 'base-devel'),
  needs('ip', 'test', 'iproute2', 'iproute', 'iproute2'),
  needs('ping', 'test', 'iputils-ping', 'iputils', 'iputils'),
  needs('iperf3', 'test', 'iperf3'),
  needs('tcpdump', 'test', 'tcpdump'),
  needs('ethtool', 'test', 'ethtool'),
  needs('nft', 'test', 'nftables'),
  needs('sysctl', 'test', 'procps', 'procps-ng', 'procps-ng'),
  needs('setpriv', 'test', 'util-linux'),
  needs('chromium', 'test', 'chromium'),
  needs('Xvfb', 'test', 'xvfb', 'xorg-x11-server-Xvfb', 'xorg-server-xvfb'),
  needs('dbus-daemon', 'test', 'dbus', 'dbus-daemon', 'dbus'),
  needs('xdotool', 'test', 'xdotool'),
  needs('debootstrap', 'test', 'debootstrap'),
  needs('dpkg-deb', 'test', 'dpkg'),
  needs('systemd-analyze', 'test', 'systemd'),
  // What the Electron of scripts/test-electron.mjs is fetched with, and the libraries it looks for.
  needs('pip3', 'test', 'python3-pip', 'python3-pip', 'python-pip'),
  needs('libXss.so.1', 'test', 'libxss1', 'libXScrnSaver', 'libxss'),
  needs('libappindicator3.so.1', 'test', 'libayatana-appindicator3-1', 'libappindicator-gtk3', 'libappindicator-gtk3'),
  needs('libnotify.so.4', 'test', 'libnotify4', 'libnotify', 'libnotify'),
];

/** Where distributions keep them. */
const libraries = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];

/** @type {Record<Manager, string>} */
const installCommands = {
  apt: 'apt-get install -y --no-install-recommends',
  dnf: 'dnf install -y',
  pacman: 'pacman -S --needed',
};

/**
 * Sees to it that the programs for a purpose are there: as root on Debian and Ubuntu it installs them.
 * @param {Purpose} purpose `test` includes what building needs
 * @throws {StepFailure} with the exact command, where somebody else has to run it
 */
export async function provideSystemPackages(purpose) {
  const missing = missingFor(purpose, isInstalled);
  if (missing.length === 0) return;
  const programs = missing.map(({ program }) => program).join(', ');
  if (process.platform === 'darwin') {
    throw new StepFailure(`Missing: ${programs}. Install Apple's command line tools: xcode-select --install`);
  }
  const manager = isInstalled('apt-get') ? 'apt' : isInstalled('dnf') ? 'dnf' : isInstalled('pacman') ? 'pacman' : null;
  if (manager === null) throw new StepFailure(`Missing programs: ${programs}. Install them and start again.`);
  const command = installCommand(manager, missing);
  if (manager !== 'apt' || process.geteuid?.() !== 0) {
    throw new StepFailure(`Missing programs: ${programs}. Install them and start again:\n\n  sudo ${command}\n`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  say(`Missing programs: ${programs}.`);
  // One unreachable source fails the whole update; what is known already may still do.
  await step('Refreshing the package list', ['apt-get', 'update'], { env });
  await must(`Installing ${command.split(' ').slice(4).join(' ')}`, ['sh', '-c', command], { env });
}

/**
 * What a purpose needs and this machine lacks.
 * @param {Purpose} purpose
 * @param {(program: string) => boolean} installed
 */
export function missingFor(purpose, installed) {
  const wanted = process.platform === 'linux' && purpose === 'test' ? ['build', 'test'] : ['build'];
  return requirements.filter((needed) => wanted.includes(needed.purpose) && !installed(needed.program));
}

/**
 * The command that installs what is missing.
 * @param {Manager} manager
 * @param {readonly Requirement[]} missing
 */
export function installCommand(manager, missing) {
  const packages = new Set(missing.map((needed) => needed.packages[manager]));
  return [installCommands[manager], ...packages].join(' ');
}

/**
 * @param {string} program
 * @param {Purpose} purpose
 * @param {string} apt
 * @returns {Requirement}
 */
function needs(program, purpose, apt, dnf = apt, pacman = apt) {
  return { program, purpose, packages: { apt, dnf, pacman } };
}

/** @param {string} program */
function isInstalled(program) {
  const isLibrary = program.includes('.so.');
  // Users often lack the directories of root's programs in PATH; they count all the same.
  const programs = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return (isLibrary ? libraries : programs).some((directory) => {
    try {
      accessSync(join(directory, program), isLibrary ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
