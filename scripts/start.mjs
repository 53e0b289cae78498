/** `npm start`: the app from a checkout. Talks to the helper that runs, and else offers to install one. */
import { bundleApp } from './app-bundle.mjs';
import { provideElectron } from './electron.mjs';
import { tool } from './npm-packages.mjs';
import { prepare, runTask } from './prepare.mjs';
import { bundleService } from './service-bundle.mjs';
import { step } from './step.mjs';

await runTask(async () => {
  const builder = await prepare('build');
  await provideElectron(builder);
  await bundleApp(builder);
  await bundleService(builder);
  const { passed } = await step('Running Rayfish', [tool('electron'), '.', ...process.argv.slice(2)], {
    ...builder,
    shown: true,
  });
  return passed ? 0 : 1;
});
