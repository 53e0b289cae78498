/** What an idle helper costs and how fast it answers; the figures of docs/benchmarks.md. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connectHelper } from '../../src/shared/ipc-client.js';
import { scenario } from '../scenario.js';
import { bundle } from '../service/bundle.js';
import { sleep, timed } from '../wait.js';
import { befriend } from '../world.js';

const clockTicksPerSecond = 100;

scenario(
  'numbers: an idle helper with two peers, under 80 MB and 1 % of a core; status under 20 ms',
  { alone: true, needs: ['service'] },
  async (world, scale) => {
    const machines = [await world.machine('alice'), await world.machine('bob'), await world.machine('carol')] as const;
    await world.lan(machines);
    // With the Node that is shipped.
    const prefix = ['env', `PATH=${bundle}/bin:${process.env['PATH'] ?? ''}`];
    const alice = await world.helper(machines[0], { prefix });
    const [bob, carol] = [await world.helper(machines[1]), await world.helper(machines[2])];
    await Promise.all([befriend(alice, bob), befriend(alice, carol)]);
    await sleep(3_000);

    const client = await connectHelper(alice.socket, { client: 'e2e', trustPath: true });
    const times: number[] = [];
    for (let call = 0; call < 200; call += 1) times.push(await timed(() => client.call('status', {})));
    client.close();
    times.sort((one, other) => one - other);
    await sleep(1_000);

    const seconds = scale === 'long' ? 120 : 15;
    const before = await cpuSeconds(alice.process.pid);
    await sleep(seconds * 1_000);
    const cpuPct = (100 * ((await cpuSeconds(alice.process.pid)) - before)) / seconds;
    const residentMb = (await alice.residentKb()) / 1024;
    const statusMs = { median: times[100] ?? 0, p99: times[198] ?? 0 };
    world.figures
      .set('residentMb', residentMb)
      .set('cpuPct', cpuPct)
      .set('statusMs median', statusMs.median)
      .set('statusMs p99', statusMs.p99);
    assert.ok(residentMb < 80, `${residentMb} MB resident`);
    assert.ok(cpuPct < 1, `${cpuPct} % of a core`);
    assert.ok(statusMs.p99 < 20, `status p99 ${statusMs.p99} ms`);
  },
);

async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
}
