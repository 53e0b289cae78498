/** Finding each other on a LAN by bare node ID, on interfaces that come and go. */
import assert from 'node:assert/strict';
import { Capture } from '../capture.js';
import { makeKey } from '../key.js';
import { scenario } from '../scenario.js';
import { reaches } from '../traffic.js';
import { sleep } from '../wait.js';
import { befriend } from '../world.js';

const followMs = 5_000;

scenario('discovery: a LAN that comes after both helpers started', {}, async (world) => {
  const [a, b] = [await world.machine('alice'), await world.machine('bob')];
  const [alice, bob] = [await world.helper(a), await world.helper(b)];
  await Promise.all([alice.mustCli('add', bob.id), bob.mustCli('add', alice.id)]);
  await sleep(3_000);
  await world.lan([a, b]);
  await Promise.all([alice.untilPeer(bob, 'connected', followMs), bob.untilPeer(alice, 'connected', followMs)]);
});

scenario('discovery: the LAN is taken away and another one comes', {}, async (world) => {
  const { alice, bob, lan } = await world.pair();
  await lan.unplug(alice.machine);
  await world.lan([alice.machine, bob.machine], { number: 2 });
  await alice.until('bob by the new LAN', 15_000, ({ peers }) => {
    const remote = peers[0]?.path?.remote ?? '';
    return (
      peers[0]?.state === 'connected' &&
      (remote.includes('192.168.2.') || remote.includes('fd00:2:') || remote.includes('fe80'))
    );
  });
  await reaches(alice.machine, (await bob.status()).ipv4);
});

scenario('discovery: a LAN without IPv6 addresses', {}, async (world) => {
  const { alice, bob } = await world.strangers({ number: 1, ipv6: false });
  await befriend(alice, bob);
});

scenario(
  'discovery: never on the tunnel, and no overlay address among the ways',
  { needs: ['tcpdump'] },
  async (world) => {
    const { alice, bob } = await world.pair();
    const device = (await alice.status()).tun?.name ?? '';
    const capture = await Capture.start(alice.machine, device, 'udp port 5353');
    // Somebody to look for, so that it asks all the time; on the LAN it is heard.
    const heard = await Capture.start(bob.machine, 'lan1', 'udp port 5353');
    await alice.mustCli('add', makeKey().nodeId);
    await sleep(3_000);
    assert.deepEqual(await capture.stop(), []);
    assert.notEqual((await heard.stop()).length, 0);
    for (const [one, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const remote = (await one.peer(other)).path?.remote ?? '';
      const { ipv4, ipv6 } = await other.status();
      assert.ok(remote !== '' && !remote.includes(ipv4) && !remote.includes(ipv6), remote);
    }
  },
);

scenario('discovery: with --no-mdns nothing is said on the LAN', { needs: ['tcpdump'] }, async (world) => {
  const [a, b] = [await world.machine('alice'), await world.machine('bob')];
  const lan = await world.lan([a, b]);
  const capture = await Capture.start(b, lan.interface, 'udp port 5353');
  const alice = await world.helper(a, { arguments: ['--no-mdns'] });
  const bob = await world.helper(b, { arguments: ['--no-mdns'] });
  await Promise.all([alice.mustCli('add', bob.id), bob.mustCli('add', alice.id)]);
  await sleep(3_000);
  assert.deepEqual(await capture.stop(), []);
  assert.notEqual((await alice.peer(bob)).state, 'connected');
});

scenario('discovery: strangers on a LAN do not connect', {}, async (world) => {
  const { alice, bob } = await world.strangers();
  await sleep(2_000);
  for (const helper of [alice, bob]) {
    const { peers, requests } = await helper.status();
    assert.deepEqual({ peers, requests }, { peers: [], requests: [] });
  }
});
