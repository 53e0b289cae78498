/** `npm run bench`: builds what is not up to date, then runs bench/run.ts as root. */
import { runTask } from './command-line.mjs';
import { buildBenchmark, buildTools } from './native.mjs';
import { tool } from './npm-packages.mjs';
import { prepare } from './prepare.mjs';
import { scenarioObstacle } from './scenario.mjs';
import { StepFailure, step } from './step.mjs';
import { benchUsage } from './usages.mjs';

await runTask(benchUsage, async ({ quick }) => {
  const sentence = 'Running the benchmarks';
  const obstacle = scenarioObstacle('npm run bench');
  if (obstacle !== null) throw new StepFailure(`${sentence} is not possible here: ${obstacle}`);
  const builder = await prepare('test');
  await buildTools(builder, 'Building the traffic tools', ['hostile', 'udp_load', 'forwarder']);
  if (!quick) await buildBenchmark(builder);
  const { code } = await step(sentence, [tool('tsx'), 'bench/run.ts', ...process.argv.slice(2)], { shown: true });
  return code;
});
