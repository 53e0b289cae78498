/** After packing for a test: what is done for real, and the version of the app for the service too. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import afterRealPack from '../../scripts/after-pack.mjs';

/** @param {import('electron-builder').AfterPackContext} context */
export default async function afterPack(context) {
  await afterRealPack(context);
  const manifest = join(context.appOutDir, 'resources/service/bundle.json');
  const version = `"version": "${context.packager.appInfo.version}"`;
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(/"version": ".*?"/, version));
}
