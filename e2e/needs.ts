/** What a scenario needs of this machine, and whether it is there. */
import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { run } from './command.js';
import { missingElectron } from './electron/electron.js';
import { rayfish } from './helper.js';
import { hostileProgram } from './hostile.js';
import { missingBoot } from './service/container.js';
import { missingDebian } from './service/debian.js';
import { missingBundle } from './service/bundle.js';

const builtApp = fileURLToPath(new URL('../dist-app/renderer/index.html', import.meta.url));

/** Programs, each with the Debian package that has it. */
const packages = {
  ip: 'iproute2',
  ping: 'iputils-ping',
  iperf3: 'iperf3',
  tcpdump: 'tcpdump',
  nft: 'nftables',
  ethtool: 'ethtool',
  perl: 'perl',
  chromium: 'chromium',
  Xvfb: 'xvfb',
  'dbus-daemon': 'dbus',
  xdotool: 'xdotool',
  'dpkg-deb': 'dpkg',
} as const;

/**
 * `hostile`: the peer that keeps to no rule. `tamper`: somebody on the wire. `udp_load`, `forwarder`: the traffic tools of bench/.
 * `nobody`: another user may reach the checkout. `app`: dist-app/ is built. `electron`: one to run it in. `service`: build/service is what dist/ is.
 * `debian`: one to install in; `systemd`: it boots.
 */
export type Need =
  | keyof typeof packages
  | 'hostile'
  | 'tamper'
  | 'udp_load'
  | 'forwarder'
  | 'nobody'
  | 'app'
  | 'electron'
  | 'service'
  | 'debian'
  | 'systemd';

/** Why nothing at all can run here, or null. */
export async function missingForAll(): Promise<string | null> {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only';
  if (process.getuid?.() !== 0) return 'making network namespaces needs root: run it as root (sudo)';
  if (!(await exists('/dev/net/tun'))) return 'there is no /dev/net/tun: load the module with "modprobe tun"';
  if (!(await exists(rayfish))) return 'the product is not built: npm run build';
  return missing(['ip', 'ping']);
}

/** The first thing of these that is missing, in words, or null. */
export async function missing(needs: readonly Need[]): Promise<string | null> {
  for (const need of needs) {
    const reason = await missingOne(need);
    if (reason !== null) return reason;
  }
  return null;
}

async function missingOne(need: Need): Promise<string | null> {
  if (need === 'electron') return missingElectron();
  if (need === 'service') return missingBundle();
  if (need === 'debian') return missingDebian();
  if (need === 'systemd') return missingBoot();
  if (need === 'hostile') return hostileProgram() === undefined ? 'the hostile peer is not built' : null;
  if (need === 'tamper' || need === 'udp_load' || need === 'forwarder') {
    const built = fileURLToPath(new URL(`../native/${need}`, import.meta.url));
    return (await exists(built)) ? null : `native/${need} is not built`;
  }
  if (need === 'app') return (await exists(builtApp)) ? null : 'the app is not built: npm run build:app';
  if (need === 'nobody') {
    const { code } = await run(['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'test', '-x', rayfish]);
    return code === 0 ? null : 'other users of this machine may not read the checkout';
  }
  const { code } = await run(['sh', '-c', `command -v ${need}`]);
  return code === 0 ? null : `${need} is missing: apt-get install ${packages[need]}`;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
