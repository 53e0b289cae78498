/** After packing for a test: our launcher, no fuses (nothing here has any), and the app's version for the service too. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installLauncher } from '../../scripts/after-pack.mjs';

/** @param {import('electron-builder').AfterPackContext} context */
export default function afterPack(context) {
  installLauncher(context);
  const manifest = join(context.appOutDir, 'resources/service/bundle.json');
  const version = `"version": "${context.packager.appInfo.version}"`;
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"version": ".*?"/, version));
}
