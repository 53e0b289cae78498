/** Our helper, as it comes and with the fast path switched off. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { byCarrier } from '../../e2e/fast-pair.js';
import type { Helper } from '../../e2e/helper.js';
import { makeKey } from '../../e2e/key.js';
import type { Machine } from '../../e2e/machine.js';
import type { World } from '../../e2e/world.js';
import { version } from '../../src/shared/version.js';
import type { Contender, End, Joined } from '../contender.js';

type FastPath = 'on' | 'off';

export const ours: Contender = {
  name: 'ours',
  about: 'Rayfish, as it comes',
  maxKnown: 1000,
  install: () => Promise.resolve(version),
  join: ({ world, left, right }, known) => joinHelpers(world, left, right, known, 'on'),
};

export const oursQuic: Contender = {
  name: 'oursQuic',
  about: 'Rayfish with the fast path off',
  maxKnown: 1000,
  install: () => Promise.resolve(version),
  join: ({ world, left, right }, known) => joinHelpers(world, left, right, known, 'off'),
};

/** A helper, not yet started, that knows that many peers who are never there. */
export async function prepareHelper(world: World, machine: Machine, strangers: number): Promise<Helper> {
  const helper = world.prepare(machine);
  const peers = Array.from({ length: strangers }, (_, index) => record(makeKey().nodeId, `known-${index}`));
  const file = helper.statePath('peers.json');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, JSON.stringify({ version: 1, peers }), { mode: 0o600 });
  return helper;
}

/** The same, started. */
export async function startHelper(
  world: World,
  machine: Machine,
  strangers: number,
  fastPath: FastPath = 'on',
): Promise<Helper> {
  const helper = await prepareHelper(world, machine, strangers);
  const status = await helper.start();
  if (status.state !== 'up') throw new Error(`the helper is ${status.state}: ${status.failure?.message ?? ''}`);
  await helper.mustCli('config', 'set', 'fast-path', fastPath);
  return helper;
}

/** What the helper's store keeps of one peer. */
export function record(id: string, name: string): object {
  return { id, name, addedAt: new Date().toISOString(), allow: 'everything', blocked: false };
}

/** The end of a tunnel that a helper is. */
export async function endOf(helper: Helper): Promise<End> {
  return { machine: helper.machine, address: (await helper.status()).ipv4, pids: [helper.process.pid] };
}

async function joinHelpers(
  world: World,
  left: Machine,
  right: Machine,
  known: number,
  fastPath: FastPath,
): Promise<Joined> {
  const here = await startHelper(world, left, known - 1, fastPath);
  const there = await startHelper(world, right, known - 1, fastPath);
  const ends = [await endOf(here), await endOf(there)] as const;
  await here.call('add-peer', { target: there.id, name: 'right' });
  const pastedAt = Date.now();
  await there.call('add-peer', { target: here.id, name: 'left' });
  const settle = async (): Promise<void> => {
    const carrier = fastPath === 'on' ? 'fast' : 'quic';
    await Promise.all([byCarrier(here, there, carrier), byCarrier(there, here, carrier)]);
  };
  return { ends, pastedAt, settle };
}
