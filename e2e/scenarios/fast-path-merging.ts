/** Two sockets on one port where the kernel merges what arrives: QUIC's datagrams stay QUIC's. */
import assert from 'node:assert/strict';
import { connectionsOf, fastPair } from '../fast-pair.js';
import type { Helper } from '../helper.js';
import type { Lan } from '../lan.js';
import { scenario } from '../scenario.js';
import { stream } from '../traffic.js';
import { sleep } from '../wait.js';

scenario(
  'fast path: full load into a kernel that merges datagrams: none of QUIC’s is taken for ours',
  { needs: ['ethtool', 'iperf3', 'tcpdump'], alone: true },
  async (world, scale) => {
    const { alice, bob, lan } = await fastPair(world);
    await merge(alice, lan);
    await merge(bob, lan);
    const { ipv6 } = await bob.status();
    const connections = await connectionsOf(alice, bob);
    const seconds = scale === 'long' ? 60 : 8;
    const merged = bob.machine.run(['tcpdump', '-c', '1', '-i', lan.interface, 'udp port 45820 and greater 3000']);
    const load = stream(alice.machine, bob.machine, ipv6, { seconds, bidirectional: true });
    const end = Date.now() + seconds * 1000;
    while (Date.now() < end) {
      await sleep(100);
      for (const [one, other] of [
        [alice, bob],
        [bob, alice],
      ] as const) {
        const { path } = await one.peer(other);
        assert.equal(path?.carrier, 'fast', path?.carrierReason);
      }
    }
    const { mbps, reverseMbps } = await load;
    world.figures.set('Mb/s there', mbps).set('Mb/s back', reverseMbps ?? 0);
    assert.equal((await merged).code, 0, 'datagrams were merged');
    for (const helper of [alice, bob]) assert.equal((await helper.status()).drops['fast-merged'], 0);
    assert.equal(await connectionsOf(alice, bob), connections, 'the same connection');
  },
);

/** Has the machine merge datagrams as they arrive, and send each by itself, so that there is something to merge. */
async function merge({ machine }: Helper, lan: Lan): Promise<void> {
  // A veth pair leaves merging out as long as the other end could have sent TCP unsegmented.
  const features = ['gro', 'on', 'tso', 'off', 'tx-udp-segmentation', 'off'];
  await machine.must(['ethtool', '-K', lan.interface, ...features]);
}
