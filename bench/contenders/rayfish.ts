/** rayfish 0.1, the command line this project began from: `ray create --open` on one machine, `ray join` on the other. */
import { existsSync } from 'node:fs';
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Machine } from '../../e2e/machine.js';
import type { Process } from '../../e2e/process.js';
import { eventually } from '../../e2e/wait.js';
import type { Contender } from '../contender.js';
import type { Installer } from '../installer.js';
import type { Site } from '../site.js';

const store = fileURLToPath(new URL('../pkarr-store.mjs', import.meta.url));
const storePort = '8053';

let installed: Installer | null = null;

interface Node {
  machine: Machine;
  daemon: Process;
  /** Runs `ray` beside the daemon and returns what it printed. */
  ray: (...words: string[]) => Promise<string>;
}

export const rayfish: Contender = {
  name: 'rayfish',
  about: 'rayfish, the command line: QUIC datagrams over iroh, its firewall off',
  // Every member of a network has to run and be admitted.
  maxKnown: 1,

  async install(installer) {
    installed = installer;
    return installer.cargo('rayfish');
  },

  async join(site) {
    const here = await start(site, site.left);
    const there = await start(site, site.right);
    const created = await here.ray('create', '--open', '--hostname', 'left');
    const room = /ray join (\w+)/.exec(created)?.[1];
    if (room === undefined) throw new Error(`ray create said: ${created}`);
    const pastedAt = Date.now();
    await there.ray('join', room, '--hostname', 'right');
    const [left, right] = [await overlayAddress(here), await overlayAddress(there)];
    return {
      ends: [
        { machine: site.left, address: left, pids: [here.daemon.pid] },
        { machine: site.right, address: right, pids: [there.daemon.pid] },
      ],
      pastedAt,
    };
  },
};

async function start({ left, lan }: Site, machine: Machine): Promise<Node> {
  if (installed === null) throw new Error('it is not installed');
  const program = installed.cargoProgram('rayfish', 'ray');
  const storeAddress = lan.port(left).ipv4;
  if (machine === left) await machine.start([process.execPath, store, storeAddress, storePort]);
  await lan.addDefaultRoutes(machine);
  // The more paths are open, the sooner a full packet no longer fits its datagrams and TCP stands still; one family
  // makes that rarer. A stream that it happens to does not count against it.
  await machine.sysctl(`net.ipv6.conf.${lan.interface}.disable_ipv6`, '1');
  // It writes below /etc (its identity, but also resolv.conf) and /run: it gets copies of its own.
  const directory = join(machine.directory, 'ray');
  await mkdir(join(directory, 'run'), { recursive: true });
  await cp('/etc', join(directory, 'etc'), { recursive: true, verbatimSymlinks: true });
  const places = `mount --bind "$0/etc" /etc && mount --bind "$0/run" /run`;
  const mounted = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c'] as const;
  const url = `http://${storeAddress}:${storePort}/pkarr`;
  const setUp = `${places} && exec "$1" config set discovery-dns --replace "$2"`;
  await machine.must([...mounted, setUp, directory, program, url]);
  const daemon = await machine.start([...mounted, `${places} && exec "$1" daemon`, directory, program]);
  const enter = ['nsenter', '-t', String(daemon.pid), '-m', '-n', program] as const;
  const ray = (...words: string[]): Promise<string> => machine.must([...enter, ...words]);
  await eventually('ray daemon', 15_000, async () => {
    if (daemon.exit !== null) throw new Error(`it ended: ${(await daemon.output()).slice(-500)}`);
    return existsSync(join(directory, 'run', 'rayfish', 'rayfish.sock'));
  });
  await ray('firewall', 'off');
  return { machine, daemon, ray };
}

/** The address in 100.64.0.0/10 on whichever device it made. */
function overlayAddress({ machine }: Node): Promise<string> {
  return eventually('an overlay address', 10_000, async () => {
    const addresses = (await machine.links()).flatMap(({ addr_info: infos }) => infos.map(({ local }) => local));
    return addresses.find((address) => /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(address));
  });
}
