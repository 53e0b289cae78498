/** Two sockets on one port where the kernel merges what arrives: QUIC's datagrams stay QUIC's. */
import assert from 'node:assert/strict';
import { refused } from '../fast-drops.js';
import { bothFast, byCarrier, connectionsOf, fastPair } from '../fast-pair.js';
import type { Helper } from '../helper.js';
import type { Lan } from '../lan.js';
import { scenario } from '../scenario.js';
import { tappedPair, type Datagram } from '../tamper.js';
import { ping, stream } from '../traffic.js';
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
        const { state, path } = await one.peer(other);
        assert.equal(path?.carrier, 'fast', `${state} ${JSON.stringify(path)}`);
      }
    }
    const { mbps, reverseMbps } = await load;
    world.figures.set('Mb/s there', mbps).set('Mb/s back', reverseMbps ?? 0);
    assert.equal((await merged).code, 0, 'datagrams were merged');
    for (const helper of [alice, bob]) assert.equal((await helper.status()).drops['fast-merged'], 0);
    assert.equal(await connectionsOf(alice, bob), connections, 'the same connection');
  },
);

scenario(
  'fast path: where QUIC’s datagrams do come merged into ours, it turns itself off and says why',
  { needs: ['tamper', 'ethtool'] },
  async (world) => {
    const { alice, bob, tamper } = await tappedPair(world);
    const { ipv4 } = await bob.status();
    const echo = () => ping(alice.machine, ipv4, { count: 1 });
    // A batch in which nothing opens proves nothing: anybody can send it.
    const quics = 20;
    const quic = (one: Datagram): Datagram => ({ ...one, payload: Buffer.alloc(one.payload.length, 0x40) });
    const merged = (one: Datagram): [Datagram, ...Datagram[]] => [one, ...Array<Datagram>(quics).fill(quic(one))];
    const [genuine] = await tamper.capture(1, echo);
    assert.ok(genuine);
    await refused(bob, { 'fast-replayed': 1, 'fast-merged': quics }, () => tamper.injectMerged(merged(genuine)));
    await bothFast(alice, bob);

    const [held] = await tamper.hold(1, echo);
    assert.ok(held);
    await tamper.injectMerged(merged(held));
    assert.match(await byCarrier(bob, alice, 'quic'), /mixes the fast path with QUIC/);
    await byCarrier(alice, bob, 'quic');
    assert.equal((await ping(alice.machine, ipv4)).received, 3, 'QUIC carries on');
    await byCarrier(bob, alice, 'fast', 20_000);
    await byCarrier(alice, bob, 'fast');
  },
);

/** Has the machine merge datagrams as they arrive, and send each by itself, so that there is something to merge. */
async function merge({ machine }: Helper, lan: Lan): Promise<void> {
  // A veth pair leaves merging out as long as the other end could have sent TCP unsegmented.
  const features = ['gro', 'on', 'tso', 'off', 'tx-udp-segmentation', 'off'];
  await machine.must(['ethtool', '-K', lan.interface, ...features]);
}
