/** `npm start` */
import { bundleApp } from './app-bundle.mjs';
import { runTask } from './command-line.mjs';
import { provideElectron } from './electron.mjs';
import { tool } from './npm-packages.mjs';
import { prepare } from './prepare.mjs';
import { bundleService } from './service-bundle.mjs';
import { step } from './step.mjs';

const usage = {
  command: 'npm start --',
  about: 'Builds and runs the app. It talks to the helper that runs, and else offers to install one.',
  words: { takes: 'LINK', about: 'a rayfish:// link to open; after another --: switches for Electron' },
};

await runTask(usage, async (_values, words) => {
  const builder = await prepare('build');
  await provideElectron(builder);
  await bundleApp(builder);
  await bundleService(builder);
  const { code } = await step('Running Rayfish', [tool('electron'), '.', ...words], { ...builder, shown: true });
  return code;
});
