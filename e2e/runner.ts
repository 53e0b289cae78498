/** Runs scenarios, one or two at once, and says how each one went. */
import { missing } from './needs.js';
import type { Scale, Scenario } from './scenario.js';
import { withLimit } from './wait.js';
import { World } from './world.js';
import type { Workspace } from './workspace.js';

export interface Verdict {
  name: string;
  outcome: 'passed' | 'failed' | 'skipped';
  seconds: number;
  /** Why it failed or was skipped. */
  reason?: string;
  figures?: Record<string, number>;
}

export interface Hooks {
  onVerdict(verdict: Verdict): void;
  /** The helpers' last words after a failure. */
  onLogs(logs: string): void;
}

/** Scenarios that wait on the network most of the time; more at once would make two cores the thing measured. */
const atOnce = 2;

/** Plays every scenario; those that must be alone come last. */
export async function play(
  list: readonly Scenario[],
  scale: Scale,
  workspace: Workspace,
  hooks: Hooks,
): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  const work = async (queue: Scenario[]): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const verdict = await playOne(next, scale, workspace, hooks);
      verdicts.push(verdict);
      hooks.onVerdict(verdict);
    }
  };
  const together = list.filter(({ alone }) => !alone);
  await Promise.all(Array.from({ length: atOnce }, () => work(together)));
  await work(list.filter(({ alone }) => alone));
  return verdicts;
}

async function playOne(scenario: Scenario, scale: Scale, workspace: Workspace, hooks: Hooks): Promise<Verdict> {
  const { name } = scenario;
  const start = performance.now();
  const seconds = (): number => Math.round((performance.now() - start) / 100) / 10;
  const lacking = await missing(scenario.needs);
  if (lacking !== null) return { name, outcome: 'skipped', seconds: 0, reason: lacking };
  const world = new World(workspace);
  try {
    await withLimit(scenario.play(world, scale), scenario.timeoutMs * (scale === 'long' ? 10 : 1));
    const figures = Object.fromEntries(world.figures);
    return { name, outcome: 'passed', seconds: seconds(), ...(world.figures.size > 0 && { figures }) };
  } catch (thrown) {
    const logs = await world.logs();
    hooks.onLogs(`${name}\n${logs}`);
    const reason = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    return { name, outcome: 'failed', seconds: seconds(), reason };
  } finally {
    await world.close();
  }
}
