/** Plays the rows with the contenders in turns, round after round. */
import { withLimit } from '../e2e/wait.js';
import { World } from '../e2e/world.js';
import type { Workspace } from '../e2e/workspace.js';
import type { Contender } from './contender.js';
import { figures, rounded, type Figure, type Measured } from './figures.js';
import { connect, type Effort, type UdpRates } from './measures.js';
import type { Sample } from './results.js';
import type { Played, Row } from './rows.js';
import { makeSite } from './site.js';
import { losslessRate } from './udp-load.js';

/** One play of a row by one contender; the slowest is a contender that connects late. */
const limitMs = 180_000;

export interface Plan {
  contenders: readonly Contender[];
  rows: readonly Row[];
  rounds: number;
  effort: Effort;
  workspace: Workspace;
  say: (line: string) => void;
}

/** Plays everything, interleaved: in each round every contender has its turn in every row, each time in another order. */
export async function playRounds(plan: Plan, onSample: (sample: Sample) => void): Promise<void> {
  const { contenders, rows, rounds, say } = plan;
  for (let round = 1; round <= rounds; round += 1) {
    for (const row of rows) {
      for (let time = row.times(rounds); time > 0; time -= 1) {
        for (const contender of rotated(contenders, round - 1).filter(row.concerns)) {
          const { measured, problems } = await play(plan, row, contender);
          onSample({ round, contender: contender.name, row: row.name, measured, problems });
          say(`[${round}/${rounds}] ${row.name.padEnd(15)} ${contender.name.padEnd(15)} ${inWords(measured)}`);
          for (const problem of problems) say(`      ${problem}`);
        }
      }
    }
  }
}

/** Twice what the contender carries without loss, in datagrams a second. */
export async function overload({ effort, workspace }: Plan, contender: Contender, steps: number): Promise<UdpRates> {
  return inWorld(workspace, async (world) => {
    const site = await makeSite(world);
    const subject = { ...(await contender.join(site, 1)), site, effort };
    await connect(subject);
    const [left, right] = subject.ends;
    const twice = async (size: number): Promise<number> => {
      const search = { size, seconds: effort.udpSeconds / 2, steps };
      return Math.round(2 * (await losslessRate(left.machine, right.machine, right.address, search)));
    };
    return { 1200: await twice(1200), 64: await twice(64) };
  });
}

async function play({ workspace, effort }: Plan, row: Row, contender: Contender): Promise<Played> {
  try {
    return await inWorld(workspace, (world) => row.play(contender, world, effort));
  } catch (thrown) {
    return { measured: {}, problems: [thrown instanceof Error ? thrown.message : String(thrown)] };
  }
}

async function inWorld<T>(workspace: Workspace, use: (world: World) => Promise<T>): Promise<T> {
  const world = new World(workspace);
  try {
    return await withLimit(use(world), limitMs);
  } finally {
    await world.close();
  }
}

/** Begins with another one each time, so that nobody always comes after the same. */
function rotated<T>(list: readonly T[], by: number): T[] {
  const start = list.length === 0 ? 0 : by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

function inWords(measured: Measured): string {
  return (Object.entries(measured) as [Figure, number][])
    .filter(([figure]) => figure in figures)
    .map(([figure, value]) => `${figure} ${rounded(value)}`)
    .join(', ');
}
