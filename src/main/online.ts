/** Whether this device is on any network at all: the one cause of nobody being reachable that no peer can tell. */
import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os';
import type { AppModel } from './app-model.js';

type Interfaces = Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, 'address' | 'internal'>[] | undefined>>;

const everyMs = 3000;

/** @param tunnel the interface of Rayfish itself, which is there without any network too. */
export function isOnline(interfaces: Interfaces, tunnel: string | null): boolean {
  return Object.entries(interfaces).some(
    ([name, addresses = []]) =>
      name !== tunnel && addresses.some(({ address, internal }) => !internal && !isLinkLocal(address)),
  );
}

/** Keeps `online` of the state right for as long as the app runs. */
export function watchOnline(model: AppModel): void {
  const look = (): void => {
    const online = isOnline(networkInterfaces(), model.state.status?.tun?.name ?? null);
    if (online !== model.state.online) model.change({ online });
  };
  look();
  setInterval(look, everyMs).unref();
}

function isLinkLocal(address: string): boolean {
  return /^(169\.254\.|fe[89ab][0-9a-f]:)/i.test(address);
}
