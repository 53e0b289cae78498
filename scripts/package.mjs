/**
 * `npm run package`: installable packages in release/. What is given goes to electron-builder: `-- --linux deb`,
 * `-- --dir`. ELECTRON_OVERRIDE_DIST_PATH names an Electron to use instead of the one it would download.
 */
import { bundleApp } from './app-bundle.mjs';
import { tool } from './npm-packages.mjs';
import { prepare, runTask } from './prepare.mjs';
import { assembleService } from './service-bundle.mjs';
import { step } from './step.mjs';

await runTask(async () => {
  const builder = await prepare('build');
  await bundleApp(builder);
  assembleService();
  const electron = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const own = electron === undefined ? [] : [`-c.electronDist=${electron}`];
  const argv = /** @type {const} */ ([
    tool('electron-builder'),
    '--publish',
    'never',
    ...own,
    ...process.argv.slice(2),
  ]);
  const { passed } = await step('Packaging', argv, { ...builder, shown: true });
  return passed ? 0 : 1;
});
