/** Nebula: certificates of an authority made for the occasion, and addresses told by hand, without a lighthouse. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must } from '../../e2e/command.js';
import type { Machine } from '../../e2e/machine.js';
import { eventually } from '../../e2e/wait.js';
import { inner, innerMtu, type Contender, type End } from '../contender.js';
import type { Installer } from '../installer.js';

const device = 'nebula';
const port = 4242;
const module = 'github.com/slackhq/nebula/cmd';
/** The newest, and older ones where a registry does not have all that the newest is made of. */
const versions = ['latest', 'v1.10.3', 'v1.9.5'];

let installed: Installer | null = null;

export const nebula: Contender = {
  name: 'nebula',
  about: 'Nebula, in Go',
  maxKnown: 1000,

  async install(installer) {
    installed = installer;
    await installer.go(`${module}/nebula-cert`, versions);
    return installer.go(`${module}/nebula`, versions);
  },

  async join({ left, right, lan }, known) {
    if (installed === null) throw new Error('it is not installed');
    const program = installed.goProgram('nebula');
    const certifier = installed.goProgram('nebula-cert');
    const authority = join(left.directory, 'authority');
    const files = (path: string): string[] => ['-out-crt', `${path}.crt`, '-out-key', `${path}.key`];
    await must([certifier, 'ca', '-name', 'bench', ...files(authority)]);
    const strangers = Array.from({ length: known - 1 }, (_, index): [string, string[]] => [
      inner.known(index),
      [`192.168.1.${index % 200}:${port}`],
    ]);
    const start = async (machine: Machine, address: string, other: Machine, otherAddress: string): Promise<End> => {
      const own = join(machine.directory, 'node');
      const network = `${address}/${inner.prefix}`;
      const signer = ['-ca-crt', `${authority}.crt`, '-ca-key', `${authority}.key`];
      await must([certifier, 'sign', ...signer, '-name', machine.name, '-ip', network, ...files(own)]);
      const anything = [{ port: 'any', proto: 'any', host: 'any' }];
      const settings = {
        pki: { ca: `${authority}.crt`, cert: `${own}.crt`, key: `${own}.key` },
        static_host_map: Object.fromEntries([...strangers, [otherAddress, [`${lan.port(other).ipv4}:${port}`]]]),
        lighthouse: { am_lighthouse: false },
        listen: { host: '0.0.0.0', port },
        tun: { dev: device, mtu: innerMtu },
        firewall: { outbound: anything, inbound: anything },
        logging: { level: 'warning' },
      };
      // Every JSON text is YAML too.
      await writeFile(`${own}.yml`, JSON.stringify(settings));
      const process = await machine.start([program, '-config', `${own}.yml`]);
      await eventually('nebula ready', 8_000, async () => {
        if (process.exit !== null) throw new Error(`it ended: ${(await process.output()).slice(-500)}`);
        return (await machine.link(device))?.addr_info.some(({ local }) => local === address);
      });
      return { machine, address, pids: [process.pid] };
    };
    const here = await start(left, inner.left, right, inner.right);
    const pastedAt = Date.now();
    const there = await start(right, inner.right, left, inner.left);
    return { ends: [here, there], pastedAt };
  },
};
