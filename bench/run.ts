/** `npm run bench`: Rayfish beside other VPNs, on one machine in one run (`--help`). */
import { cpus, release } from 'node:os';
import { removeOnSignal } from '../e2e/interrupt.js';
import { missing, missingForAll } from '../e2e/needs.js';
import { Workspace } from '../e2e/workspace.js';
import { builder } from '../scripts/builder.mjs';
import { runTask } from '../scripts/command-line.mjs';
import { say } from '../scripts/step.mjs';
import { benchUsage } from '../scripts/usages.mjs';
import { verdicts } from './bars.js';
import type { Contender } from './contender.js';
import { contenders as everybody } from './contenders/index.js';
import { writeDocuments } from './documents.js';
import { Installer } from './installer.js';
import type { Effort } from './measures.js';
import { optionsFrom, type Options } from './options.js';
import { Results, type Entrant } from './results.js';
import { report } from './report.js';
import { overload, playRounds, type Plan } from './rounds.js';
import { comparisonText, verdictsText } from './text.js';

type Extent = Omit<Effort, 'udpRates'>;

const whole: Extent = { tcpSeconds: 3, udpSeconds: 2, idleEchoes: 150 };
const short: Extent = { tcpSeconds: 1, udpSeconds: 0.6, idleEchoes: 40 };

/** Steps of the search for the rate that this one carries without loss; twice that is offered to everybody. */
const yardstick = 'wireguard-go';
const searchSteps = { whole: 6, short: 3 };

await runTask(benchUsage, async (values) => {
  const options = optionsFrom(values);
  const lacking = (await missingForAll()) ?? (await missing(['iperf3', 'ethtool', 'hostile', 'udp_load', 'forwarder']));
  if (lacking === null) return bench(options);
  say(`The benchmarks cannot run: ${lacking}`);
  return 1;
});

async function bench(options: Options): Promise<number> {
  const installer = new Installer(builder());
  const entrants: Entrant[] = [];
  for (const contender of options.contenders) entrants.push(await enter(contender, installer));
  const workspace = await Workspace.open();
  removeOnSignal(workspace);
  try {
    const results = await measure(options, entrants, installer, workspace);
    return await present(options, results, installer);
  } finally {
    await workspace.remove();
  }
}

async function enter(contender: Contender, installer: Installer): Promise<Entrant> {
  const { name, about } = contender;
  try {
    return { name, about, version: await contender.install(installer) };
  } catch (thrown) {
    const absent = thrown instanceof Error ? thrown.message : String(thrown);
    say(`${name} does not take part: ${absent}`);
    return { name, about, version: '', absent };
  }
}

async function measure(
  { contenders, rows, rounds, quick }: Options,
  entrants: readonly Entrant[],
  installer: Installer,
  workspace: Workspace,
): Promise<Results> {
  const present = contenders.filter(({ name }) =>
    entrants.some((entrant) => entrant.name === name && entrant.absent === undefined),
  );
  const extent = quick ? short : whole;
  const effort: Effort = { ...extent, udpRates: null };
  const plan: Plan = { contenders: present, rows, rounds, effort, workspace, say };
  const loaded = rows.some(({ name }) => name === 'base' || name === 'known');
  const measuring = loaded ? await findYardstick(present, installer) : null;
  if (measuring !== null) {
    say(`What ${measuring.name} carries without loss …`);
    effort.udpRates = await overload(plan, measuring, quick ? searchSteps.short : searchSteps.whole);
    say(`Offered to everybody: ${effort.udpRates[1200]} a second of 1200 B, ${effort.udpRates[64]} of 64 B`);
  }
  const [cpu] = cpus();
  const results = new Results(entrants, {
    at: new Date().toISOString(),
    rounds,
    effort: extent,
    udpRates: effort.udpRates,
    udpRatesOf: measuring?.name ?? null,
    machine: `${cpus().length} cores (${cpu?.model ?? 'unknown'}), Linux ${release().split('-')[0] ?? ''}`,
  });
  await playRounds(plan, (sample) => {
    results.samples.push(sample);
  });
  return results;
}

/** The contender whose loss-free rate sets what is offered: it need not be one of those that are compared. */
async function findYardstick(present: readonly Contender[], installer: Installer): Promise<Contender | null> {
  const contender = everybody.find(({ name }) => name === yardstick);
  if (contender !== undefined && (await enter(contender, installer)).absent === undefined) return contender;
  return present[0] ?? null;
}

async function present({ json, check, write }: Options, results: Results, installer: Installer): Promise<number> {
  const judged = verdicts(results);
  const text = `${JSON.stringify(report(results), null, 2)}\n`;
  installer.keep('last.json', text);
  installer.keep('last-samples.json', `${JSON.stringify(results, null, 2)}\n`);
  if (write) await writeDocuments(results);
  const print = (lines: string, toResult: boolean): void => {
    (toResult ? process.stdout : process.stderr).write(lines);
  };
  if (json) print(text, true);
  else print(comparisonText(results), true);
  if (!check) return 0;
  print(verdictsText(judged), !json);
  return judged.every(({ passed }) => passed) ? 0 : 1;
}
