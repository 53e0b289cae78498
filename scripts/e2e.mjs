/** `npm run demo` and `npm run e2e`: builds what is not up to date, then runs e2e/demo.ts or e2e/run.ts as root. */
import { bundleApp } from './app-bundle.mjs';
import { runTask } from './command-line.mjs';
import { buildAdversaries } from './native.mjs';
import { prepare } from './prepare.mjs';
import { scenario, scenarioObstacle } from './scenario.mjs';
import { bundleService } from './service-bundle.mjs';
import { StepFailure, step } from './step.mjs';
import { provideTestElectron } from './test-electron.mjs';
import { provideTestRelay } from './test-relay.mjs';
import { demoUsage, scenariosUsage } from './usages.mjs';

const [script, ...typed] = process.argv.slice(2);

if (script === 'demo') await runTask(demoUsage, () => play('demo', 'Running the demo', 'npm run demo'), typed);
else await runTask(scenariosUsage, () => play('run', 'Running the scenarios', 'npm run e2e'), typed);

/**
 * @param {'demo' | 'run'} program
 * @param {string} sentence
 * @param {string} command
 */
async function play(program, sentence, command) {
  const obstacle = scenarioObstacle(command);
  if (obstacle !== null) throw new StepFailure(`${sentence} is not possible here: ${obstacle}`);
  const builder = await prepare('test');
  if (program === 'run') {
    await bundleApp(builder);
    await bundleService(builder);
    await buildAdversaries(builder);
    await provideTestElectron(builder);
    await provideTestRelay(builder);
  }
  const { code } = await step(sentence, scenario(program, typed), { shown: true });
  return code;
}
