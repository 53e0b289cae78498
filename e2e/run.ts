/** `npm run e2e`: every scenario, on real devices in namespaces. */
import { writeFile } from 'node:fs/promises';
import { runTask, UsageError } from '../scripts/command-line.mjs';
import { scenariosUsage } from '../scripts/usages.mjs';
import { removeOnSignal } from './interrupt.js';
import { missingForAll } from './needs.js';
import { play, type Verdict } from './runner.js';
import { scenarios, type Scale, type Scenario } from './scenario.js';
import './scenarios/index.js';
import { Workspace } from './workspace.js';

await runTask(scenariosUsage, async ({ only = '', long, json, list }) => {
  const chosen = scenarios.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) throw new UsageError(`No scenario's name contains "${only}"; --list prints them.`);
  if (list) {
    for (const { name } of chosen) console.log(name);
    return 0;
  }
  // What a failed scenario had begun fails with its namespaces. That must hide neither why, nor what comes after.
  let strays = 0;
  process.on('unhandledRejection', (reason) => {
    strays += 1;
    console.log('Nobody waited any more for what failed here:', reason);
  });
  const verdicts = await playAll(chosen, long ? 'long' : 'short');
  const count = (outcome: Verdict['outcome']): number =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length;
  if (json !== undefined) await writeFile(json, `${JSON.stringify(verdicts, null, 2)}\n`);
  console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  return count('failed') > 0 || strays > 0 ? 1 : 0;
});

async function playAll(chosen: readonly Scenario[], scale: Scale): Promise<Verdict[]> {
  const lacking = await missingForAll();
  if (lacking !== null) {
    console.log(`End-to-end tests skipped: ${lacking}`);
    return chosen.map(({ name }) => ({ name, outcome: 'skipped', seconds: 0, reason: lacking }));
  }
  const workspace = await Workspace.open();
  removeOnSignal(workspace);
  let done = 0;
  try {
    return await play(chosen, scale, workspace, {
      onVerdict: (verdict) => {
        done += 1;
        console.log(`[${done}/${chosen.length}] ${line(verdict)}`);
      },
      onLogs: (logs) => {
        console.log(logs);
      },
    });
  } finally {
    await workspace.remove();
  }
}

function line({ name, outcome, seconds, reason, figures }: Verdict): string {
  const words = { passed: 'PASS', failed: 'FAIL', skipped: 'SKIP' }[outcome];
  const measured = Object.entries(figures ?? {}).map(([key, value]) => `${key} ${Math.round(value * 100) / 100}`);
  const rest = [...measured, ...(reason === undefined ? [] : [reason])].join(', ');
  return `${words} ${seconds.toFixed(1).padStart(5)} s  ${name}${rest === '' ? '' : `\n      ${rest}`}`;
}
