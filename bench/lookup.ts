/** The micro-benchmark of the path of a packet (native/benches/packet.rs), for what a larger peer table costs. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builder } from '../scripts/builder.mjs';
import { cargo, cargoOptions } from '../scripts/native.mjs';
import { step } from '../scripts/step.mjs';
import type { Measured } from './figures.js';

/** Parses and looks up one packet, in nanoseconds. */
export async function lookup(): Promise<Measured> {
  const who = builder();
  // As ourselves: its report lies where only we can write. What it compiles was compiled before.
  const home = await mkdtemp(join(tmpdir(), 'rayfish-bench-'));
  try {
    const argv = cargo(who, 'bench', '--bench', 'packet', '--', '--noplot', '^lookup/');
    const options = cargoOptions(who);
    const { passed } = await step('Running the micro-benchmark', argv, {
      env: { ...options.env, CRITERION_HOME: home },
    });
    if (!passed) throw new Error('cargo bench failed; what it said is above');
    const nanoseconds = async (peers: number): Promise<number> => {
      const text = await readFile(join(home, 'lookup', String(peers), 'new', 'estimates.json'), 'utf8');
      return (JSON.parse(text) as { median: { point_estimate: number } }).median.point_estimate;
    };
    return { lookup1Ns: await nanoseconds(1), lookup1000Ns: await nanoseconds(1000) };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
