/** The words of those warnings that the engine itself gives. */
import type { Warning } from '../shared/status.js';

/** @returns the warning where the wanted port is not among those in use; 0 is any port. */
export function portWarnings(wanted: number, ports: readonly number[]): Warning[] {
  if (wanted === 0 || ports.includes(wanted)) return [];
  const message =
    `Another program uses UDP port ${wanted}; Rayfish uses ${ports.join(' and ')} this time. ` +
    'Nothing to do, unless a router or firewall was set up for that port.';
  return [{ code: 'port-taken', message, sticky: false }];
}

/** @param detail why, in the system's words. */
export function mdnsWarning(detail: string): Warning {
  const message = `Devices on the local network may not find each other by ID alone: mDNS does not work (${detail}).`;
  return { code: 'mdns-unavailable', message, sticky: false };
}
