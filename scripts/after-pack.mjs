/** What electron-builder does to Electron before it makes packages: fuses set, and on Linux our launcher in front. */
import { FuseV1Options, FuseVersion } from '@electron/fuses';
import { chmodSync, copyFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './step.mjs';

/** @typedef {import('electron-builder').AfterPackContext} Context */

/** @param {Context} context */
export default async function afterPack(context) {
  // The fuses are in the binary, which the launcher moves.
  await setFuses(context);
  installLauncher(context);
}

/**
 * Our binary is nobody else's Node: no argument, variable or replaced file makes it run other code.
 * @param {Context} context
 */
async function setFuses(context) {
  await context.packager.addElectronFuses(context, {
    version: FuseVersion.V1,
    strictlyRequireAllFuses: false,
    resetAdHocDarwinSignature: context.electronPlatformName === 'darwin',
    [FuseV1Options.RunAsNode]: false,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: false,
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
    [FuseV1Options.OnlyLoadAppFromAsar]: true,
    [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  });
}

/**
 * The launcher takes the executable's name, the executable becomes NAME.bin.
 * @param {Context} context
 */
export function installLauncher({ appOutDir, electronPlatformName, packager }) {
  if (electronPlatformName !== 'linux') return;
  const program = join(appOutDir, packager.config.linux?.executableName ?? packager.appInfo.name);
  renameSync(program, `${program}.bin`);
  copyFileSync(join(root, 'assets/linux/launcher.sh'), program);
  chmodSync(program, 0o755);
}
