/** `npm run build`: everything that `bin/rayfish` runs. */
import { prepare, runTask } from './prepare.mjs';

await runTask(async () => {
  await prepare('build');
  return 0;
});
