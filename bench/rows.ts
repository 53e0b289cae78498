/** What is played with each contender: on what cable, with how many known peers, and what is measured there. */
import { finePlays } from './bars.js';
import { connectedHelpers, helperMemory, knownPeers } from './crowd.js';
import type { Contender } from './contender.js';
import type { Measured } from './figures.js';
import { lookup } from './lookup.js';
import {
  connect,
  idle,
  loaded,
  memory,
  tcpBoth,
  tcpFour,
  tcpLong,
  tcpOne,
  tcpOnly,
  tcpReverse,
  udp,
  type Effort,
  type Measure,
} from './measures.js';
import { makeSite, type Cable } from './site.js';
import type { World } from '../e2e/world.js';

export interface Played {
  measured: Measured;
  /** What went wrong, each with the measurement it concerns; what went right counts all the same. */
  problems: string[];
}

export interface Row {
  readonly name: RowName;
  /** How often in one round of a run of so many. */
  readonly times: (rounds: number) => number;
  /** Whether it says anything of that contender. */
  readonly concerns: (contender: Contender) => boolean;
  readonly play: (contender: Contender, world: World, effort: Effort) => Promise<Played>;
}

export type RowName = 'base' | 'known' | 'no-segmentation' | 'delay' | 'loss' | 'scale' | 'eight' | 'memory' | 'lookup';

const manyPeers = 1000;
/** The measurements of every contender, those that load it most last. */
const everything: readonly Measure[] = [idle, tcpOne, tcpReverse, tcpFour, tcpBoth, loaded, udp, memory];

const always = (): number => 1;
const fine = (rounds: number): number => Math.ceil(finePlays / rounds);

/** Those whom the bars compare us with on a cable that is not plain, and the ceiling. */
const rivals = ['ours', 'oursQuic', 'wireguard-go', 'rayfish', 'underlay'];
const isRival = ({ name }: Contender): boolean => rivals.includes(name);
const isOurs = ({ name }: Contender): boolean => name === 'ours';

export const rows: readonly Row[] = [
  {
    name: 'base',
    times: always,
    concerns: () => true,
    play: onCable({}, 1, everything),
  },
  {
    name: 'known',
    times: always,
    concerns: ({ maxKnown }) => maxKnown >= manyPeers,
    play: onCable({}, manyPeers, everything),
  },
  {
    name: 'no-segmentation',
    times: always,
    concerns: isRival,
    play: onCable({ segmentation: false }, 1, [tcpOne]),
  },
  {
    name: 'delay',
    times: always,
    concerns: isRival,
    play: onCable({ delayMs: 25 }, 1, [tcpLong]),
  },
  {
    name: 'loss',
    times: always,
    concerns: isRival,
    play: onCable({ lossPct: 1 }, 1, [tcpOnly]),
  },
  {
    name: 'scale',
    times: fine,
    concerns: isOurs,
    play: knownPeers(manyPeers),
  },
  {
    name: 'eight',
    times: fine,
    concerns: isOurs,
    play: connectedHelpers(8),
  },
  {
    name: 'memory',
    times: always,
    concerns: isOurs,
    play: (_contender, world) => outcome(helperMemory(world, manyPeers, 100)),
  },
  {
    name: 'lookup',
    times: fine,
    concerns: isOurs,
    play: () => outcome(lookup()),
  },
];

/** Joins two machines by the contender and takes the measures in order; one that fails does not keep the others. */
function onCable(cable: Cable, known: number, measures: readonly Measure[]): Row['play'] {
  return async (contender, world, effort) => {
    const site = await makeSite(world, cable);
    const subject = { ...(await contender.join(site, known)), site, effort };
    const measured = await connect(subject);
    const problems: string[] = [];
    for (const measure of measures) {
      try {
        Object.assign(measured, await measure(subject));
      } catch (thrown) {
        problems.push(`${measure.name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      }
    }
    return { measured, problems };
  };
}

async function outcome(measuring: Promise<Measured>): Promise<Played> {
  return { measured: await measuring, problems: [] };
}
