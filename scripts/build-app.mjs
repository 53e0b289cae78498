/** `npm run build:app`: dist-app/, all of the desktop app but Electron. */
import { bundleApp } from './app-bundle.mjs';
import { builder } from './builder.mjs';
import { provideNpmPackages } from './npm-packages.mjs';
import { runTask } from './prepare.mjs';

await runTask(async () => {
  const who = builder();
  await provideNpmPackages(who);
  await bundleApp(who);
  return 0;
});
