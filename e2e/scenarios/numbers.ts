/** What an idle helper costs and how fast it answers; the figures of docs/benchmarks.md. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connectHelper } from '../../src/shared/ipc-client.js';
import { scenario } from '../scenario.js';
import { sleep, timed } from '../wait.js';
import { befriend } from '../world.js';

const clockTicksPerSecond = 100;

scenario(
  'numbers: an idle helper with two peers, under 80 MB and 1 % of a core; status under 20 ms',
  { alone: true },
  async (world, scale) => {
    const { helpers } = await world.neighbours(['alice', 'bob', 'carol']);
    const [alice, bob, carol] = helpers;
    assert.ok(alice !== undefined && bob !== undefined && carol !== undefined);
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
