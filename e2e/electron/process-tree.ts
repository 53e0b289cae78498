/** A program and all it has started, as the kernel sees them. */
import { readFile, readdir } from 'node:fs/promises';
import { must } from '../command.js';

interface ProcessInfo {
  pid: number;
  parent: number;
  command: string;
  /** Processor time used so far, in ticks. */
  ticks: number;
}

/** What Chromium calls the process of a page. */
const renderer = '--type=renderer';

/** The processes of its pages. */
export async function renderers(root: number): Promise<number[]> {
  return (await tree(root)).filter(({ command }) => command.includes(renderer)).map(({ pid }) => pid);
}

/** Seconds of processor time all of them have used together. */
export async function processorSeconds(root: number): Promise<number> {
  const ticksPerSecond = Number(await must(['getconf', 'CLK_TCK']));
  return (await tree(root)).reduce((sum, { ticks }) => sum + ticks, 0) / ticksPerSecond;
}

/** How often threads of theirs had nothing more to do and were woken again, since they began. */
export async function wakeUps(root: number): Promise<number> {
  const counts = (await tree(root)).map(async ({ pid }) => {
    const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
    const texts = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/status`, 'utf8').catch(() => ''));
    return (await Promise.all(texts)).map((text) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1] ?? 0));
  });
  return (await Promise.all(counts)).flat().reduce((sum, count) => sum + count, 0);
}

/** Resident memory of all of them together, in MB; what they share is counted once, by its share in each. */
export async function memoryMb(root: number): Promise<number> {
  const sizes = await Promise.all(
    (await tree(root)).map(async ({ pid }) => {
      const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

async function tree(root: number): Promise<ProcessInfo[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const all = (await Promise.all(pids.map(read))).filter((info) => info !== null);
  const found = all.filter(({ pid }) => pid === root);
  // Those found later are looked at too: the list grows while it is walked.
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

/** Null where it has ended meanwhile. */
async function read(pid: number): Promise<ProcessInfo | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses and may hold anything; parent is field 4, times are 14 and 15.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    return { pid, parent: Number(fields[1]), command, ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return null;
  }
}
