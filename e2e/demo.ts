/** `npm run demo`: two machines that reach each other by pasted node ID. */
import { runTask } from '../scripts/command-line.mjs';
import { say } from '../scripts/step.mjs';
import { demoUsage } from '../scripts/usages.mjs';
import type { Helper } from './helper.js';
import { rayfish } from './helper.js';
import { removeOnSignal } from './interrupt.js';
import { missing, missingForAll } from './needs.js';
import { ping, stream, type PingResult } from './traffic.js';
import { timed } from './wait.js';
import { World } from './world.js';
import { Workspace } from './workspace.js';

const echoes = 20;
const tcpSeconds = 5;

interface Echoes {
  lossPct: number;
  /** Average, or null where nothing came back. */
  rttMs: number | null;
}

/** What `--json` prints. */
interface Report {
  /** From pasting the second node ID until both ends say connected. */
  connectMs: number;
  ipv4: Echoes;
  ipv6: Echoes;
  tcpMbps: number;
  nodes: { nodeId: string; ipv4: string; ipv6: string }[];
}

await runTask(demoUsage, async ({ json, keep, remove }) => {
  const lacking = (await missingForAll()) ?? (await missing(['iperf3']));
  if (lacking !== null) {
    say(`The demo cannot run: ${lacking}`);
    return 1;
  }
  if (!remove) return demonstrate(json ? JSON.stringify : table, keep);
  const count = await Workspace.removeKept();
  say(count === 0 ? 'There is no kept demo.' : 'The kept demo is removed.');
  return 0;
});

/** Returns the exit code. */
async function demonstrate(shown: (report: Report) => string, keep: boolean): Promise<number> {
  const workspace = await Workspace.open();
  removeOnSignal(workspace);
  const world = new World(workspace);
  let kept = false;
  try {
    say('Making two devices (network namespaces) with a cable (veth) between them and a helper on each.');
    const { alice, bob } = await world.strangers();
    const report = await measure(alice, bob);
    console.log(shown(report));
    if (keep) {
      await workspace.keep();
      world.leave();
      kept = true;
      say(howToPlay(alice, bob, report));
    }
    return report.ipv4.lossPct === 0 && report.ipv6.lossPct === 0 ? 0 : 1;
  } catch (thrown) {
    say(`The demo failed: ${thrown instanceof Error ? thrown.message : String(thrown)}\n${await world.logs(30)}`);
    return 1;
  } finally {
    if (!kept) {
      await world.close();
      await workspace.remove();
      say('Everything the demo made is removed again.');
    }
  }
}

async function measure(alice: Helper, bob: Helper): Promise<Report> {
  const [a, b] = [await alice.status(), await bob.status()];
  say(`alice: rayfish add ${bob.id} --name bob`);
  await alice.mustCli('add', bob.id, '--name', 'bob');
  say(`bob:   rayfish add ${alice.id} --name alice`);
  const connectMs = await timed(async () => {
    const connected = Promise.all([
      alice.untilPeer(bob, 'connected', 15_000),
      bob.untilPeer(alice, 'connected', 15_000),
    ]);
    await Promise.all([bob.mustCli('add', alice.id, '--name', 'alice'), connected]);
  });
  say(`Connected. Sending ${echoes} echoes over IPv4 and ${echoes} over IPv6.`);
  const ipv4 = await ping(alice.machine, b.ipv4, { count: echoes });
  const ipv6 = await ping(alice.machine, b.ipv6, { count: echoes });
  say(`One TCP stream for ${tcpSeconds} seconds.`);
  const { mbps } = await stream(alice.machine, bob.machine, b.ipv6, { seconds: tcpSeconds });
  return {
    connectMs: Math.round(connectMs),
    ipv4: echoesOf(ipv4),
    ipv6: echoesOf(ipv6),
    tcpMbps: Math.round(mbps),
    nodes: [a, b].map(({ nodeId, ipv4: v4, ipv6: v6 }) => ({ nodeId, ipv4: v4, ipv6: v6 })),
  };
}

function echoesOf({ lossPct, rttMs }: PingResult): Echoes {
  return { lossPct, rttMs };
}

function table({ connectMs, ipv4, ipv6, tcpMbps, nodes }: Report): string {
  const echo = ({ lossPct, rttMs }: Echoes): string =>
    `${lossPct} % lost${rttMs === null ? '' : `, ${rttMs.toFixed(2)} ms there and back`}`;
  const machines = nodes.flatMap(({ nodeId, ipv4: v4, ipv6: v6 }, index): [string, string][] => [
    [index === 0 ? 'alice' : 'bob', nodeId],
    ['', `${v4}   ${v6}`],
  ]);
  const rows: [string, string][] = [
    ...machines,
    ['Connected', `${connectMs} ms after the second node ID was pasted`],
    ['Ping IPv4', echo(ipv4)],
    ['Ping IPv6', echo(ipv6)],
    ['TCP', `${tcpMbps} Mbit/s over ${tcpSeconds} s`],
  ];
  return rows.map(([name, value]) => `  ${name.padEnd(11)}${value}`).join('\n');
}

function howToPlay(alice: Helper, bob: Helper, { nodes }: Report): string {
  return [
    'It is left standing. Try:',
    `  ip netns exec ${alice.machine.namespace} ping ${nodes[1]?.ipv4 ?? ''}`,
    `  ip netns exec ${bob.machine.namespace} ping ${nodes[0]?.ipv6 ?? ''}`,
    ...[alice, bob].map(({ socket }) => `  ${rayfish} --socket ${socket} status`),
    `  ${rayfish} --socket ${alice.socket} down`,
    'Remove it again:',
    '  npm run demo -- --remove',
  ].join('\n');
}
