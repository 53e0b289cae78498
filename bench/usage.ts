/** What processes and the whole machine have used. */
import { readFile } from 'node:fs/promises';

/** Clock ticks a second, in which /proc counts; fixed for user space on Linux. */
const ticks = 100;

export interface Usage {
  /** User and system time of the processes, in seconds. */
  processes: number;
  /** Time the processors were not idle, all together, in seconds. */
  machine: number;
}

/** The time used so far. */
export async function usage(pids: readonly number[]): Promise<Usage> {
  const times = await Promise.all(pids.map(processTime));
  return { processes: times.reduce((sum, time) => sum + time, 0), machine: await busyTime() };
}

/** Resident memory of the processes together, in MB. */
export async function residentMB(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(
    pids.map(async (pid) => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1000;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function processTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the name in parentheses and may hold anything; user and system time are fields 14 and 15.
  const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(afterName[11]) + Number(afterName[12])) / ticks;
}

async function busyTime(): Promise<number> {
  const [all = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = all.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / ticks;
}
