/** `npm run package` */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { bundleApp } from './app-bundle.mjs';
import { runTask } from './command-line.mjs';
import { provideElectron } from './electron.mjs';
import { tool } from './npm-packages.mjs';
import { installedTools, kinds, obstacleTo, reasonOf } from './package-kinds.mjs';
import { prepare } from './prepare.mjs';
import { bundleService } from './service-bundle.mjs';
import { must, root, say, step } from './step.mjs';

const usage = {
  command: 'npm run package --',
  about: `Builds, then makes installable packages in release/: on Linux each kind this machine can make. What is asked for by
name has to succeed.`,
  options: {
    linux: { about: `for Linux; kinds: ${kinds.join(', ')}` },
    mac: { about: 'for macOS; kinds: dmg, pkg' },
    dir: { about: 'the app unpacked, as a directory' },
    x64: { about: 'for this architecture' },
    arm64: { about: 'for this architecture' },
  },
  words: { takes: 'KIND…', about: 'these kinds alone, behind the system they are for' },
};

await runTask(usage, async () => {
  const asked = process.argv.slice(2);
  const builder = await prepare('build');
  await provideElectron(builder);
  await bundleApp(builder);
  await bundleService(builder);
  const found = { ...builder, env: { ...builder.env, ...installedTools((program) => find(program, builder)) } };
  if (process.platform === 'linux' && asked.length === 0) return everyKind(found);
  const { code } = await step('Packaging', electronBuilder(found, asked), { ...found, shown: true });
  return code;
});

/**
 * Packs the app once, then makes of it what can be made.
 * @param {import('./builder.mjs').Builder} builder
 */
async function everyKind(builder) {
  await must('Packing the app', electronBuilder(builder, ['--linux', 'dir']), builder);
  const packed = join(root, 'release', process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`);
  let made = 0;
  for (const kind of kinds) {
    const reason = obstacleTo(kind, (program) => find(program, builder)) ?? make(kind, packed, builder);
    if (reason === null) made += 1;
    else say(`✗ ${kind}: not made, because ${reason}. More of it: npm run package -- --linux ${kind}`);
  }
  for (const name of readdirSync(join(root, 'release'))) {
    if (kinds.some((kind) => name.endsWith(`.${kind}`))) process.stdout.write(`release/${name}\n`);
  }
  return made > 0 ? 0 : 1;
}

/**
 * @param {import('./package-kinds.mjs').Kind} kind
 * @param {string} packed directory of the packed app
 * @param {import('./builder.mjs').Builder} builder
 * @returns {string | null} why it was not made
 */
function make(kind, packed, builder) {
  say(`Making the ${kind} …`);
  const [program, ...args] = electronBuilder(builder, ['--prepackaged', packed, '--linux', kind]);
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: root,
    env: builder.env,
    encoding: 'utf8',
    ...builder.identity,
  });
  if (status === 0) say(`✓ ${kind}`);
  return status === 0 ? null : reasonOf(kind, `${stdout}${stderr}`);
}

/**
 * @param {import('./builder.mjs').Builder} builder
 * @param {readonly string[]} what
 * @returns {import('./step.mjs').Argv}
 */
function electronBuilder({ env }, what) {
  // The one `npm start` runs; else electron-builder would download it a second time.
  const electron = env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(root, 'node_modules', 'electron', 'dist');
  return [tool('electron-builder'), '--publish', 'never', `-c.electronDist=${electron}`, ...what];
}

/**
 * @param {string} program
 * @param {import('./builder.mjs').Builder} builder
 * @returns {string | null} its path
 */
function find(program, { env }) {
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Further on, perhaps.
    }
  }
  return null;
}
