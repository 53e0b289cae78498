/** A relay: iroh's own server, in plain HTTP, on a machine of its own. */
import { builder } from '../scripts/builder.mjs';
import { testRelay } from '../scripts/test-relay.mjs';
import type { Machine } from './machine.js';
import { eventually } from './wait.js';

/** Where `--dev` has it listen. */
const port = 3340;

/** Why there is none, or null. */
export function missingRelay(): string | null {
  if (testRelay(builder()) !== null) return null;
  return 'THERE IS NO RELAY: npm test builds one with "cargo install iroh-relay", for which it needs a package registry';
}

/**
 * Starts the relay on a machine.
 * @param address of that machine, where the others reach it.
 * @returns its URL.
 */
export async function startRelay(machine: Machine, address: string): Promise<string> {
  const program = testRelay(builder());
  if (program === null) throw new Error(missingRelay() ?? 'there is no relay');
  await machine.start([program, '--dev']);
  await eventually('the relay listening', 5_000, async () =>
    (await machine.must(['ss', '-Hltn', `sport = :${port}`])).includes(`:${port}`),
  );
  return `http://${address}:${port}`;
}
