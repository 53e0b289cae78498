/** `npm run demo`, as far as it is ours: what it prints, and that nothing of it stays. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { nobody } from '../caller.js';
import { run, type Argv } from '../command.js';
import { Process } from '../process.js';
import { scenario } from '../scenario.js';
import { eventually } from '../wait.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const demo: Argv = [here('../../node_modules/.bin/tsx'), here('../demo.ts')];

interface Echoes {
  lossPct: number;
  rttMs: number;
}

interface Report {
  connectMs: number;
  ipv4: Echoes;
  ipv6: Echoes;
  tcpMbps: number;
  nodes: { nodeId: string; ipv4: string; ipv6: string }[];
}

scenario('demo: one object, no ping lost, nothing left', { needs: ['iperf3'], alone: true }, async (world) => {
  const before = await standing();
  const { code, stdout, stderr } = await run([...demo, '--json'], { timeoutMs: 50_000 });
  assert.equal(code, 0, stderr);
  const { connectMs, ipv4, ipv6, tcpMbps, nodes } = JSON.parse(stdout) as Report;
  assert.deepEqual([ipv4.lossPct, ipv6.lossPct], [0, 0]);
  assert.ok(ipv4.rttMs > 0 && ipv6.rttMs > 0 && connectMs > 0 && tcpMbps > 0);
  assert.equal(new Set(nodes.map(({ nodeId }) => nodeId)).size, 2);
  world.figures.set('connectMs', connectMs).set('tcpMbps', tcpMbps).set('rttMs', ipv4.rttMs);
  assert.deepEqual(await standing(), before);
});

scenario('demo: Ctrl-C leaves nothing', { needs: ['iperf3'], alone: true }, async (world) => {
  const before = await standing();
  const machine = await world.machine('terminal');
  const own = await standing();
  const process = await Process.start(demo, `${machine.directory}/demo.log`);
  await eventually('the demo under way', 15_000, async () => (await standing()).length >= own.length + 3);
  const { code } = await process.stop('SIGINT', 10_000);
  assert.notEqual(code, 0);
  assert.deepEqual(await standing(), own, 'only what was there before');
  assert.equal(own.length, before.length + 1);
});

scenario('demo: without root it says what is missing', { needs: ['nobody'] }, async () => {
  const who: Argv = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
  const { code, stderr } = await run([...who, ...demo], { env: { ...process.env, HOME: '/' } });
  assert.equal(code, 1);
  assert.match(stderr, /root/);
  assert.ok(!stderr.includes('    at '), `a sentence, not a stack trace: ${stderr}`);
});

/** Every namespace and every workspace there is. */
async function standing(): Promise<string[]> {
  const { stdout } = await run(['ip', 'netns', 'list']);
  const namespaces = stdout.split('\n').flatMap((line) => line.split(' ')[0] ?? []);
  return [...namespaces.filter((name) => name !== ''), ...(await readdir('/run/rayfish-e2e'))].sort();
}
