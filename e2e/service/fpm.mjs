/**
 * A stand-in for fpm where it is not installed: makes a deb from the options electron-builder gives, with dpkg-deb.
 * For tests, so that the real scripts and file lists can be installed, upgraded and purged.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const text = /** @type {const} */ ({ type: 'string' });
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    s: { ...text, short: 's' },
    t: { ...text, short: 't' },
    d: { ...text, short: 'd', multiple: true },
    force: { type: 'boolean' },
    debug: { type: 'boolean' },
    log: text,
    architecture: text,
    'after-install': text,
    'after-remove': text,
    'before-remove': text,
    description: text,
    version: text,
    package: text,
    name: text,
    maintainer: text,
    vendor: text,
    url: text,
    category: text,
    license: text,
    iteration: text,
    'deb-priority': text,
    'deb-compression': text,
    'deb-recommends': { ...text, multiple: true },
  },
});
if (values.s !== 'dir' || values.t !== 'deb') throw new Error('this fpm makes a deb from directories, nothing else');

const root = mkdtempSync(join(tmpdir(), 'fpm-'));
try {
  for (const mapping of positionals) {
    const at = mapping.lastIndexOf('=');
    const [from, to] = [mapping.slice(0, at), join(root, mapping.slice(at + 1))];
    mkdirSync(dirname(to), { recursive: true });
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    if (statSync(from).isFile()) chmodSync(to, 0o644);
  }
  const control = join(root, 'DEBIAN');
  mkdirSync(control, { mode: 0o755 });
  writeFileSync(join(control, 'control'), controlFile());
  for (const [script, file] of /** @type {const} */ ([
    ['postinst', values['after-install']],
    ['prerm', values['before-remove']],
    ['postrm', values['after-remove']],
  ])) {
    if (file === undefined) continue;
    cpSync(file, join(control, script));
    chmodSync(join(control, script), 0o755);
  }
  // As fpm does: everything belongs to root. A fast compression: the package is thrown away.
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', root, needed('package')]);
} finally {
  rmSync(root, { recursive: true, force: true });
}

function controlFile() {
  const [summary = '', ...rest] = needed('description').trim().split('\n');
  const lines = [
    `Package: ${needed('name')}`,
    `Version: ${needed('version')}`,
    `Architecture: ${needed('architecture')}`,
    `Maintainer: ${needed('maintainer')}`,
    `Depends: ${(values.d ?? []).join(', ')}`,
    ...(values['deb-recommends'] ? [`Recommends: ${values['deb-recommends'].join(', ')}`] : []),
    `Section: ${values.category ?? 'net'}`,
    `Priority: ${values['deb-priority'] ?? 'optional'}`,
    `Homepage: ${needed('url')}`,
    `Description: ${summary}`,
    ...rest.map((line) => ` ${line.trim() || '.'}`),
  ];
  return `${lines.filter((line) => !line.endsWith(': ')).join('\n')}\n`;
}

/** @param {'name' | 'version' | 'architecture' | 'maintainer' | 'url' | 'description' | 'package'} option */
function needed(option) {
  const value = values[option];
  if (value === undefined) throw new Error(`fpm: --${option} is missing`);
  return value;
}
