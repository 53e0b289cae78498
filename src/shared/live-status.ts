/** A status that stays current: one snapshot, then the helper's events applied to it. */
import type { IpcClient } from './ipc-client.js';
import type { Status } from './status.js';
import type { Failure } from './errors.js';

/**
 * Subscribes and reports the status now and after every change, until the connection ends.
 * @returns why the connection ended.
 * @throws Failure where the helper refuses the subscription or the snapshot.
 */
export async function followStatus(client: IpcClient, onChange: (status: Status) => void): Promise<Failure> {
  let status: Status | null = null;
  const change = (apply: (current: Status) => Status): void => {
    // What comes before the snapshot is already part of it.
    if (status === null) return;
    status = apply(status);
    onChange(status);
  };
  const stops = [
    client.on('node', (node) => {
      change(({ peers }) => ({ ...node, peers }));
    }),
    client.on('peer', (peer) => {
      change((current) => {
        const known = current.peers.some(({ id }) => id === peer.id);
        const peers = known ? current.peers.map((old) => (old.id === peer.id ? peer : old)) : [...current.peers, peer];
        return { ...current, peers };
      });
    }),
    client.on('peer-removed', ({ id }) => {
      change((current) => ({ ...current, peers: current.peers.filter((peer) => peer.id !== id) }));
    }),
  ];
  try {
    await client.call('subscribe', {});
    status = await client.call('status', {});
    onChange(status);
    return await client.closed;
  } finally {
    for (const stop of stops) stop();
  }
}
