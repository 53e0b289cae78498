/** Our helper, as it comes and with the fast path switched off. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Helper } from '../../e2e/helper.js';
import { makeKey } from '../../e2e/key.js';
import type { Machine } from '../../e2e/machine.js';
import { eventually } from '../../e2e/wait.js';
import type { World } from '../../e2e/world.js';
import { settingKeySchema } from '../../src/shared/ipc-contract.js';
import { version } from '../../src/shared/version.js';
import type { Contender, End, Joined } from '../contender.js';

const setting = 'fast-path';
const carrierLimitMs = 5_000;

/** Undefined where the helper has no fast path to switch. */
type FastPath = 'on' | 'off' | undefined;

const switchable = (settingKeySchema.options as readonly string[]).includes(setting);
const asItComes: FastPath = switchable ? 'on' : undefined;

export const ours: Contender = {
  name: 'ours',
  about: switchable ? 'Rayfish, as it comes' : 'Rayfish, as it comes: QUIC, there is no fast path yet',
  maxKnown: 1000,
  install: () => Promise.resolve(version),
  join: ({ world, left, right }, known) => joinHelpers(world, left, right, known, asItComes),
};

export const oursQuic: Contender = {
  name: 'oursQuic',
  about: 'Rayfish with the fast path off',
  maxKnown: 1000,
  install: () =>
    switchable ? Promise.resolve(version) : Promise.reject(new Error('there is no fast path yet: ours is QUIC alone')),
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
  fastPath: FastPath = asItComes,
): Promise<Helper> {
  const helper = await prepareHelper(world, machine, strangers);
  const status = await helper.start();
  if (status.state !== 'up') throw new Error(`the helper is ${status.state}: ${status.failure?.message ?? ''}`);
  if (fastPath !== undefined) await helper.mustCli('config', 'set', setting, fastPath);
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

/** Waits until packets for the peer go by the fast path. Without one to wait for it returns at once. */
export async function untilFast(helper: Helper, other: Helper, fastPath: FastPath = asItComes): Promise<void> {
  if (fastPath !== 'on') return;
  await eventually('the fast path', carrierLimitMs, async () => {
    const { path } = await helper.peer(other);
    if (path?.carrier === 'fast') return true;
    throw new Error(path?.carrierReason ?? 'there is no path');
  });
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
    await untilFast(here, there, fastPath);
    await untilFast(there, here, fastPath);
  };
  return { ends, pastedAt, settle };
}
