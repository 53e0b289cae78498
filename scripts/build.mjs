/** `npm run build` */
import { runTask } from './command-line.mjs';
import { prepare } from './prepare.mjs';

const usage = {
  command: 'npm run build',
  about: 'Builds everything that bin/rayfish runs: npm packages, the data plane, dist/.',
};

await runTask(usage, async () => {
  await prepare('build');
  return 0;
});
