/** Yggdrasil over one TCP peering, once with everybody's MTU and once with its own, which is as large as IPv6 allows. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../../e2e/command.js';
import type { Machine } from '../../e2e/machine.js';
import { eventually } from '../../e2e/wait.js';
import { innerMtu, type Contender, type End } from '../contender.js';
import type { Installer } from '../installer.js';

const device = 'ygg';
const port = 4243;
const ownMtu = 65_535;

let program: string | null = null;
/** Both are one program. */
let installing: Promise<string> | null = null;

export const yggdrasil = withMtu('yggdrasil', `Yggdrasil, TUN MTU ${innerMtu}`, innerMtu);
export const yggdrasilOwnMtu = withMtu('yggdrasil-65535', `Yggdrasil, TUN MTU ${ownMtu}, its default`, ownMtu);

/** As a Go module where the registry has all of it, else the distribution's package, which is years older. */
async function install(installer: Installer): Promise<string> {
  try {
    const version = await installer.go('github.com/yggdrasil-network/yggdrasil-go/cmd/yggdrasil', ['latest']);
    program = installer.goProgram('yggdrasil');
    return version;
  } catch {
    const version = await installer.apt('yggdrasil', ['yggdrasil', '-version'], /Build version: (\S+)/);
    program = 'yggdrasil';
    return version;
  }
}

function withMtu(name: string, about: string, mtu: number): Contender {
  return {
    name,
    about,
    maxKnown: 1,
    install: (installer) => (installing ??= install(installer)),
    async join({ left, right, lan }) {
      const here = await start(left, { mtu, listen: [`tcp://0.0.0.0:${port}`] });
      const pastedAt = Date.now();
      const there = await start(right, { mtu, peers: [`tcp://${lan.port(left).ipv4}:${port}`] });
      return { ends: [here, there], pastedAt };
    },
  };
}

interface Settings {
  mtu: number;
  listen?: string[];
  peers?: string[];
}

async function start(machine: Machine, { mtu, listen = [], peers = [] }: Settings): Promise<End> {
  if (program === null) throw new Error('it is not installed');
  const generated = JSON.parse(await must([program, '-genconf', '-json'])) as Record<string, unknown>;
  const file = join(machine.directory, 'yggdrasil.json');
  const own = { Listen: listen, Peers: peers, IfName: device, IfMTU: mtu };
  const silent = { AdminListen: 'none', MulticastInterfaces: [] };
  await writeFile(file, JSON.stringify({ ...generated, ...own, ...silent }));
  const address = (await must([program, '-useconffile', file, '-address'])).trim();
  const process = await machine.start([program, '-useconffile', file]);
  await eventually('yggdrasil ready', 8_000, async () => {
    if (process.exit !== null) throw new Error(`it ended: ${(await process.output()).slice(-500)}`);
    return (await machine.link(device))?.addr_info.some(({ local }) => local === address);
  });
  return { machine, address, pids: [process.pid] };
}
