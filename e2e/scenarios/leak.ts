/** No packet for a peer ever leaves by the default route: seen on the wire, not in a routing table. */
import assert from 'node:assert/strict';
import { Capture, overlayTraffic } from '../capture.js';
import type { Helper } from '../helper.js';
import { scenario } from '../scenario.js';
import { ping, PingStream } from '../traffic.js';
import { eventually, sleep } from '../wait.js';
import { befriend, type World } from '../world.js';

const unknown = ['100.99.88.77', '2ff:1:2::3'];

scenario('leak: the capture sees overlay traffic where no helper runs', { needs: ['tcpdump'] }, async (world) => {
  const [alice, bob] = [await world.machine('alice'), await world.machine('bob')];
  const lan = await world.lan([alice, bob]);
  await lan.addDefaultRoutes(alice);
  const capture = await Capture.start(alice, lan.interface, overlayTraffic);
  for (const address of unknown) await ping(alice, address, { count: 1, patience: 0.2 });
  // Without this the other scenarios here would prove nothing.
  assert.equal((await capture.stop()).length, unknown.length);
});

scenario(
  'leak: nothing on the wire while up, in standby and in every moment between',
  { needs: ['tcpdump'] },
  async (world) => {
    const { alice, bob, capture, streams } = await besieged(world);
    for (let round = 0; round < 4; round += 1) {
      await alice.mustCli('down');
      await sleep(300);
      await alice.mustCli('up');
      await sleep(300);
    }
    await eventually('the tunnel carrying again', 5_000, async () => {
      return (await ping(alice.machine, (await bob.status()).ipv6, { count: 1 })).received === 1;
    });
    await assertNothing(capture, streams);
  },
);

scenario(
  'leak: nothing on the wire while somebody else takes the device down',
  { needs: ['tcpdump'] },
  async (world) => {
    const { alice, capture, streams } = await besieged(world);
    const device = (await alice.status()).tun?.name ?? '';
    for (let round = 0; round < 3; round += 1) {
      await alice.machine.ip(`link set ${device} down`);
      await sleep(600);
      await alice.machine.ip(`-6 address flush dev ${device} scope global`);
      await sleep(600);
    }
    await assertNothing(capture, streams);
  },
);

scenario(
  'leak: nothing on the wire from a helper that is killed to the next one',
  { needs: ['tcpdump'] },
  async (world) => {
    const { alice, bob, capture, streams } = await besieged(world);
    await alice.kill();
    await sleep(500);
    await alice.start();
    await alice.untilPeer(bob, 'connected');
    await assertNothing(capture, streams);
  },
);

scenario(
  'leak: nothing on the wire while the helper starts and reads its peers',
  { needs: ['tcpdump'] },
  async (world) => {
    const { alice, capture, streams } = await besieged(world);
    // From SIGTERM on the ranges belong to the host again; what counts is that standby is restored as standby.
    await alice.mustCli('down');
    const quiet = await capture.packets();
    assert.deepEqual(quiet, []);
    for (const echoes of streams) await echoes.stop();
    await alice.stop();
    await alice.start();
    assert.equal((await alice.status()).state, 'standby');
    const after = await Capture.start(alice.machine, 'lan1', overlayTraffic);
    for (const address of unknown) await ping(alice.machine, address, { count: 2, patience: 0.2 });
    assert.deepEqual(await after.stop(), []);
  },
);

interface Siege {
  alice: Helper;
  bob: Helper;
  capture: Capture;
  streams: PingStream[];
}

/** Alice has default routes, sends to bob and to unknown overlay addresses all the time, and her wire is watched. */
async function besieged(world: World): Promise<Siege> {
  const [a, b] = [await world.machine('alice'), await world.machine('bob')];
  const lan = await world.lan([a, b]);
  await lan.addDefaultRoutes(a);
  const [alice, bob] = [await world.helper(a), await world.helper(b)];
  await befriend(alice, bob);
  const { ipv4, ipv6 } = await bob.status();
  const capture = await Capture.start(a, lan.interface, overlayTraffic);
  const targets = [ipv4, ipv6, ...unknown];
  const streams = await Promise.all(targets.map((address) => PingStream.start(a, address, { interval: 0.005 })));
  await streams[1]?.firstAnswer(0, 5_000);
  return { alice, bob, capture, streams };
}

async function assertNothing(capture: Capture, streams: PingStream[]): Promise<void> {
  for (const echoes of streams) await echoes.stop();
  assert.deepEqual((await capture.stop()).slice(0, 10), []);
}
