/** Runs planned steps through `ip -batch`: one process per stretch of one family, each error with its step. */
import { Failure } from '../../../shared/errors.js';
import type { Runner } from '../runner.js';
import { runIp } from './state.js';
import type { Step } from './step.js';

export interface FailedStep {
  step: Step;
  /** What `ip` said. */
  reason: string;
}

/**
 * Runs every step in order, whatever fails before it.
 * @returns the steps that failed. Removing what is gone already is no failure.
 * @throws Failure `network-configuration` when `ip` cannot be run or gives up without naming a step.
 */
export async function execute(runner: Runner, steps: readonly Step[]): Promise<FailedStep[]> {
  const failed: FailedStep[] = [];
  for (const { family, members } of stretches(steps)) {
    const input = members.map((step) => step.args.join(' ')).join('\n');
    const result = await runIp(runner, [`-${family}`, '-force', '-batch', '-'], `${input}\n`);
    const reasons = reasonsByLine(result.stderr);
    if (result.code !== 0 && reasons.size === 0) {
      throw new Failure('network-configuration', `The network cannot be set up: ${result.stderr.trim()}`);
    }
    for (const [line, reason] of reasons) {
      const step = members[line - 1];
      if (step !== undefined && !(isRemoval(step) && alreadyGone.test(reason))) failed.push({ step, reason });
    }
  }
  return failed;
}

interface Stretch {
  family: 4 | 6;
  members: Step[];
}

/** Consecutive steps of one family; a step of neither joins the one before it, else the one after. */
function stretches(steps: readonly Step[]): Stretch[] {
  const list: Stretch[] = [];
  const first = steps.find((step) => step.family !== null)?.family ?? 4;
  for (const step of steps) {
    const current = list.at(-1);
    const family = step.family ?? current?.family ?? first;
    if (current?.family === family) current.members.push(step);
    else list.push({ family, members: [step] });
  }
  return list;
}

/** With -force, `ip` ends each failed line's complaint with `Command failed -:LINE`. */
function reasonsByLine(stderr: string): Map<number, string> {
  const reasons = new Map<number, string>();
  let said: string[] = [];
  for (const text of stderr.split('\n')) {
    const line = /^Command failed .*:(\d+)$/.exec(text)?.[1];
    if (line === undefined) {
      if (text.trim() !== '') said.push(text.trim());
      continue;
    }
    reasons.set(Number(line), said.join(' ').replace(/^(RTNETLINK answers|Error): /, '') || 'refused');
    said = [];
  }
  return reasons;
}

function isRemoval(step: Step): boolean {
  return step.args[1] === 'delete';
}

const alreadyGone = /No such (process|file or directory|device)|Cannot assign requested address|Cannot find device/;
