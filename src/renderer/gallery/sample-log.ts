/** What a service says in an ordinary hour. */
import type { LogLine } from '../../shared/ipc-contract.js';
import { bob, galleryNow, offline, relayed } from './people.js';

const said: readonly [LogLine['level'], string][] = [
  ['info', 'Rayfish helper 0.1.0 starts.'],
  ['info', 'Tunnel device rayfish0 is there, MTU 1280.'],
  ['info', 'Network: link up; address added; routes added.'],
  ['info', `"${bob.name}" (${bob.id}) is connected, directly (203.0.113.24:45820).`],
  ['info', `"${relayed.name}" is connected, relayed.`],
  ['warn', 'Somebody else changed the network; repaired: route 200::/7.'],
  ['info', `"${offline.name}" is no longer connected (timed out).`],
  ['error', `"${offline.name}" could not be reached at 198.51.100.3:45820.`],
  ['info', 'Looking on the local network: 2 interfaces.'],
];

export const sampleLog: LogLine[] = said.map(([level, message], index) => ({
  at: new Date(galleryNow - (said.length - index) * 47_000).toISOString(),
  level,
  message,
}));
