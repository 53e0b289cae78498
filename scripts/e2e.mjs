/** `npm run demo` and `npm run e2e`: builds what is not up to date, then runs e2e/demo.ts or e2e/run.ts as root. */
import { bundleApp } from './app-bundle.mjs';
import { buildAdversaries } from './native.mjs';
import { prepare, runTask } from './prepare.mjs';
import { scenario, scenarioObstacle } from './scenario.mjs';
import { bundleService } from './service-bundle.mjs';
import { StepFailure, step } from './step.mjs';
import { provideTestElectron } from './test-electron.mjs';
import { provideTestRelay } from './test-relay.mjs';

const [script, ...words] = process.argv.slice(2);

await runTask(async () => {
  if (script !== 'demo' && script !== 'run') throw new StepFailure('usage: e2e.mjs demo|run [argument…]');
  const [sentence, command] =
    script === 'demo' ? ['Running the demo', 'npm run demo'] : ['Running the scenarios', 'npm run e2e'];
  if (!words.includes('--help')) {
    const obstacle = scenarioObstacle(command);
    if (obstacle !== null) throw new StepFailure(`${sentence} is not possible here: ${obstacle}`);
    await build(script);
  }
  const { passed } = await step(sentence, scenario(script, words), { shown: true });
  return passed ? 0 : 1;
});

/**
 * What it takes to run a script of e2e/.
 * @param {'demo' | 'run'} script
 */
async function build(script) {
  const builder = await prepare('test');
  if (script === 'demo') return;
  await bundleApp(builder);
  await bundleService(builder);
  await buildAdversaries(builder);
  await provideTestElectron(builder);
  await provideTestRelay(builder);
}
