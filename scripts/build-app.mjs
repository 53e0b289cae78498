/** `npm run build:app` */
import { bundleApp } from './app-bundle.mjs';
import { builder } from './builder.mjs';
import { runTask } from './command-line.mjs';
import { provideNpmPackages } from './npm-packages.mjs';

const usage = { command: 'npm run build:app', about: 'Builds dist-app/: all of the desktop app but Electron.' };

await runTask(usage, async () => {
  const who = builder();
  await provideNpmPackages(who);
  await bundleApp(who);
  return 0;
});
