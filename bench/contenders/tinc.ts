/** tinc of the distribution, as a router, with its defaults. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../../e2e/machine.js';
import { eventually } from '../../e2e/wait.js';
import { inner, innerMtu, type Contender, type End } from '../contender.js';

const device = 'tinc';

export const tinc: Contender = {
  name: 'tinc',
  about: 'tinc 1.0 of the distribution, its default cipher',
  maxKnown: 1000,

  install: (installer) => installer.apt('tinc', ['tincd', '--version'], /version (\S+)/),

  async join({ left, right, lan }, known) {
    const nodes = [
      { machine: left, address: inner.left, keys: makeKeys() },
      { machine: right, address: inner.right, keys: makeKeys() },
    ] as const;
    const someKey = nodes[0].keys.publicKey;
    const strangers = Array.from({ length: known - 1 }, (_, index): [string, string] => [
      `known${index}`,
      host(inner.known(index), someKey),
    ]);
    const hosts: [string, string][] = nodes.map(({ machine, address, keys }) => [
      machine.name,
      host(address, keys.publicKey, lan.port(machine).ipv4),
    ]);
    const start = async ({ machine, address, keys }: (typeof nodes)[number], other: Machine): Promise<End> => {
      const directory = join(machine.directory, 'tinc');
      await mkdir(join(directory, 'hosts'), { recursive: true });
      // With StrictSubnets it reads every host file when it starts, so all of them are known.
      const settings = { Name: machine.name, Interface: device, ConnectTo: other.name, StrictSubnets: 'yes' };
      await writeFile(join(directory, 'tinc.conf'), lines(settings));
      await writeFile(join(directory, 'rsa_key.priv'), keys.privateKey, { mode: 0o600 });
      for (const [name, text] of [...hosts, ...strangers]) await writeFile(join(directory, 'hosts', name), text);
      const process = await machine.start(['tincd', '-c', directory, '-D', `--pidfile=${join(directory, 'pid')}`]);
      await eventually('tinc ready', 8_000, async () => {
        if (process.exit !== null) throw new Error(`it ended: ${(await process.output()).slice(-500)}`);
        return (await machine.link(device)) !== undefined;
      });
      await machine.ip(`address add ${address}/${inner.prefix} dev ${device}`);
      await machine.ip(`link set ${device} mtu ${innerMtu} up`);
      return { machine, address, pids: [process.pid] };
    };
    const here = await start(nodes[0], right);
    const pastedAt = Date.now();
    const there = await start(nodes[1], left);
    return { ends: [here, there], pastedAt };
  },
};

function makeKeys(): { publicKey: string; privateKey: string } {
  return generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
}

function host(address: string, publicKey: string, outer?: string): string {
  return `${lines({ ...(outer !== undefined && { Address: outer }), Subnet: `${address}/32` })}${publicKey}`;
}

function lines(settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key} = ${value}\n`)
    .join('');
}
