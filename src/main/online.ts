/** Whether this device is on any network at all: the one cause of nobody being reachable that no peer can tell. */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { AppModel } from './app-model.js';

type Address = Pick<NetworkInterfaceInfo, 'address' | 'internal' | 'mac'>;
type Interfaces = Readonly<Record<string, readonly Address[] | undefined>>;

const everyMs = 3000;
const noHardware = '00:00:00:00:00:00';
/** Addresses nobody has (RFC 5737, RFC 3849): the way there is the way to everywhere. */
const elsewhere = ['192.0.2.1', '2001:db8::1'];

/**
 * An address on hardware is a network, even one that leads nowhere else. Without hardware there are modems, but also
 * other VPNs, whose addresses stay when the network under them goes: they count where a route leads on.
 * @param tunnel the interface of Rayfish itself, which is there without any network too.
 * @param leadsOn whether the kernel knows a way to everywhere.
 */
export async function isOnline(
  interfaces: Interfaces,
  tunnel: string | null,
  leadsOn: () => Promise<boolean>,
): Promise<boolean> {
  const addresses = Object.entries(interfaces)
    .flatMap(([name, found = []]) => (name === tunnel ? [] : found))
    .filter(({ address, internal }) => !internal && !isLinkLocal(address));
  return addresses.some(({ mac }) => mac !== noHardware) || (addresses.length > 0 && (await leadsOn()));
}

/** Whether the kernel knows a way to this address. Sends nothing. */
export function hasRoute(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    const done = (found: boolean) => (): void => {
      socket.close();
      resolve(found);
    };
    // A datagram socket that connects asks for a route, and that is all.
    socket.once('connect', done(true)).once('error', done(false)).connect(9, address);
  });
}

/** Keeps `online` of the state right for as long as the app runs. */
export function watchOnline(model: AppModel): void {
  const look = async (): Promise<void> => {
    const tunnel = model.state.status?.tun?.name ?? null;
    const online = await isOnline(networkInterfaces(), tunnel, leadsElsewhere);
    if (online !== model.state.online) model.change({ online });
  };
  void look();
  setInterval(() => void look(), everyMs).unref();
}

async function leadsElsewhere(): Promise<boolean> {
  return (await Promise.all(elsewhere.map(hasRoute))).includes(true);
}

function isLinkLocal(address: string): boolean {
  return /^(169\.254\.|fe[89ab][0-9a-f]:)/i.test(address);
}
