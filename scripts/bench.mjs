/** `npm run bench`: builds what is not up to date, then runs bench/run.ts as root. */
import { buildBenchmark, buildTools } from './native.mjs';
import { tool } from './npm-packages.mjs';
import { prepare, runTask } from './prepare.mjs';
import { scenarioObstacle } from './scenario.mjs';
import { StepFailure, step } from './step.mjs';

const words = process.argv.slice(2);

await runTask(async () => {
  const sentence = 'Running the benchmarks';
  const run = /** @type {const} */ ([tool('tsx'), 'bench/run.ts', ...words]);
  if (!words.includes('--help')) {
    const obstacle = scenarioObstacle('npm run bench');
    if (obstacle !== null) throw new StepFailure(`${sentence} is not possible here: ${obstacle}`);
    const builder = await prepare('test');
    await buildTools(builder, 'Building the traffic tools', ['hostile', 'udp_load', 'forwarder']);
    if (!words.includes('--quick')) await buildBenchmark(builder);
  }
  const { passed } = await step(sentence, run, { shown: true });
  return passed ? 0 : 1;
});
