/** WireGuard in user space: two programs that are set up through the same socket. */
import { generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import type { Argv } from '../../e2e/command.js';
import type { Machine } from '../../e2e/machine.js';
import { eventually } from '../../e2e/wait.js';
import { inner, innerMtu, type Contender, type End } from '../contender.js';
import type { Installer } from '../installer.js';

const port = 51820;
/** Of the DER forms of an X25519 key, its last bytes (RFC 8410). */
const keyBytes = 32;

/** How a peer is called everywhere in the socket's protocol: raw keys in hexadecimal. */
interface Keys {
  secret: string;
  public: string;
}

export const wireguardGo = wireguard({
  name: 'wireguard-go',
  about: 'WireGuard in Go, with TUN and UDP offloads',
  install: (installer) => installer.go('golang.zx2c4.com/wireguard', ['latest']),
  argv: (installer, device) => [installer.goProgram('wireguard'), '-f', device],
});

export const boringtun = wireguard({
  name: 'boringtun',
  about: 'WireGuard in Rust, `boringtun-cli`',
  install: (installer) => installer.cargo('boringtun-cli'),
  argv: (installer, device) => [
    installer.cargoProgram('boringtun-cli', 'boringtun-cli'),
    '--foreground',
    '--disable-drop-privileges',
    device,
  ],
});

interface Kind {
  name: string;
  about: string;
  install: (installer: Installer) => Promise<string>;
  /** Its command line, for a device of that name. */
  argv: (installer: Installer, device: string) => Argv;
}

function wireguard({ name, about, install, argv }: Kind): Contender {
  let installed: Installer | null = null;
  return {
    name,
    about,
    maxKnown: 1000,
    async install(installer) {
      installed = installer;
      return install(installer);
    },
    async join({ left, right, lan }, known) {
      const installer = installed;
      if (installer === null) throw new Error('it is not installed');
      // The socket is named after the device and lies in one directory for all network namespaces.
      const run = randomBytes(3).toString('hex');
      const start = async (
        machine: Machine,
        device: string,
        address: string,
      ): Promise<{ end: End; socket: string }> => {
        const process = await machine.start(argv(installer, device));
        const socket = `/var/run/wireguard/${device}.sock`;
        await eventually(`${name} ready`, 8_000, async () => {
          if (process.exit !== null) throw new Error(`it ended: ${(await process.output()).slice(-500)}`);
          return existsSync(socket) && (await machine.link(device)) !== undefined;
        });
        await machine.ip(`address add ${address}/${inner.prefix} dev ${device}`);
        await machine.ip(`link set ${device} mtu ${innerMtu} up`);
        return { end: { machine, address, pids: [process.pid] }, socket };
      };
      const here = await start(left, `rb${run}l`, inner.left);
      const there = await start(right, `rb${run}r`, inner.right);
      const [ours, theirs] = [makeKeys(), makeKeys()];
      const strangers = Array.from({ length: known - 1 }, (_, index) => peer(makeKeys().public, inner.known(index)));
      const own = ({ secret }: Keys): string[] => [`private_key=${secret}`, `listen_port=${port}`];
      await set(here.socket, [
        ...own(ours),
        ...strangers.flat(),
        ...peer(theirs.public, inner.right, lan.port(right).ipv4),
      ]);
      const last = [...own(theirs), ...strangers.flat(), ...peer(ours.public, inner.left, lan.port(left).ipv4)];
      const pastedAt = Date.now();
      await set(there.socket, last);
      return { ends: [here.end, there.end], pastedAt };
    },
  };
}

function makeKeys(): Keys {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const raw = (key: KeyObject, type: 'pkcs8' | 'spki'): string =>
    key.export({ format: 'der', type }).subarray(-keyBytes).toString('hex');
  return { secret: raw(privateKey, 'pkcs8'), public: raw(publicKey, 'spki') };
}

function peer(key: string, address: string, outer?: string): string[] {
  const endpoint = outer === undefined ? [] : [`endpoint=${outer}:${port}`];
  return [`public_key=${key}`, ...endpoint, `allowed_ip=${address}/32`];
}

/** Says the words to the program behind the socket. */
function set(path: string, words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let answer = '';
    socket.setEncoding('utf8');
    socket.on('error', reject);
    socket.on('data', (text: string) => {
      answer += text;
      if (!answer.endsWith('\n\n')) return;
      socket.destroy();
      if (answer.includes('errno=0\n')) resolve();
      else reject(new Error(`it did not take its settings: ${answer.trim()}`));
    });
    socket.write(`set=1\n${words.join('\n')}\n\n`);
  });
}
