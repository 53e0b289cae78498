/** `npm run e2e`: every scenario, on real devices in namespaces (`--help`). */
import { writeFile } from 'node:fs/promises';
import { commandLine } from './command-line.js';
import { removeOnSignal } from './interrupt.js';
import { missingForAll } from './needs.js';
import { seedVariable } from './random.js';
import { play, type Verdict } from './runner.js';
import { scenarios } from './scenario.js';
import './scenarios/index.js';
import { Workspace } from './workspace.js';

const help = `npm run e2e -- [options]

Plays the scenarios: real helpers on real tunnel devices, in network namespaces that are removed at the end.
Needs Linux and root.

  --only TEXT   those with TEXT in their names
  --long        with the durations and counts that are promised, not the short ones of npm test
  --json FILE   write what came out to FILE as well
  --list        print the names and play nothing
  --help        this

${seedVariable}=N plays what is left to chance as a run that said "seed N".
`;

const values = commandLine(
  {
    long: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
  help,
);

const chosen = scenarios.filter(({ name }) => name.includes(values.only));

if (chosen.length === 0) {
  console.error(`No scenario's name contains "${values.only}"; --list prints them.`);
  process.exitCode = 2;
} else if (values.list) {
  for (const { name } of chosen) console.log(name);
} else {
  const verdicts = await playChosen();
  const count = (outcome: Verdict['outcome']): number =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length;
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(verdicts, null, 2)}\n`);
  console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
  process.exitCode = count('failed') > 0 ? 1 : 0;
}

async function playChosen(): Promise<Verdict[]> {
  const lacking = await missingForAll();
  if (lacking !== null) {
    console.log(`End-to-end tests skipped: ${lacking}`);
    return chosen.map(({ name }) => ({ name, outcome: 'skipped', seconds: 0, reason: lacking }));
  }
  const workspace = await Workspace.open();
  removeOnSignal(workspace);
  let done = 0;
  try {
    return await play(chosen, values.long ? 'long' : 'short', workspace, {
      onVerdict: (verdict) => {
        done += 1;
        console.log(line(verdict, done));
      },
      onLogs: (logs) => {
        console.log(logs);
      },
    });
  } finally {
    await workspace.remove();
  }
}

function line({ name, outcome, seconds, reason, figures }: Verdict, done: number): string {
  const words = { passed: 'PASS', failed: 'FAIL', skipped: 'SKIP' }[outcome];
  const measured = Object.entries(figures ?? {}).map(([key, value]) => `${key} ${Math.round(value * 100) / 100}`);
  const rest = [...measured, ...(reason === undefined ? [] : [reason])].join(', ');
  return `[${done}/${chosen.length}] ${words} ${seconds.toFixed(1).padStart(5)} s  ${name}${rest === '' ? '' : `\n      ${rest}`}`;
}
