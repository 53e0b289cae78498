/** Three nodes, and taking one out. */
import assert from 'node:assert/strict';
import type { Helper } from '../helper.js';
import { scenario } from '../scenario.js';
import { ping, PingStream } from '../traffic.js';
import { sleep } from '../wait.js';
import { befriend, type World } from '../world.js';

scenario('mesh: three nodes each reach both others over both families', {}, async (world) => {
  for (const [from, to] of pairsOf(await mesh(world))) {
    const { ipv4, ipv6 } = await to.status();
    for (const address of [ipv4, ipv6])
      assert.equal((await ping(from.machine, address)).received, 3, `${from.name} to ${to.name}`);
  }
});

scenario('mesh: removing a peer cuts it off at once in both directions, and nobody else', {}, async (world) => {
  const [alice, bob, carol] = await mesh(world);
  const addresses = { alice: (await alice.status()).ipv4, carol: (await carol.status()).ipv6 };
  const cut = await Promise.all([
    PingStream.start(alice.machine, addresses.carol),
    PingStream.start(carol.machine, addresses.alice),
  ]);
  const goesOn = await PingStream.start(bob.machine, addresses.alice);
  await Promise.all(cut.map((echoes) => echoes.firstAnswer(0, 3_000)));
  await alice.mustCli('remove', 'carol');
  const removed = Date.now();
  await sleep(1_000);
  for (const echoes of cut) {
    const late = (await echoes.answers()).filter((at) => at > removed);
    assert.deepEqual(late, [], 'no answer after the removal');
  }
  await goesOn.stop();
  const answers = await goesOn.answers();
  const gaps = answers.slice(1).map((at, index) => at - (answers[index] ?? at));
  assert.ok(Math.max(...gaps) < 500, `bob heard alice all the time, longest gap ${Math.max(...gaps)} ms`);
  assert.equal((await alice.status()).peers.length, 1);
  await carol.untilPeer(alice, 'waiting-for-them');
});

async function mesh(world: World): Promise<[Helper, Helper, Helper]> {
  const { helpers } = await world.neighbours(['alice', 'bob', 'carol']);
  const [alice, bob, carol] = helpers;
  if (alice === undefined || bob === undefined || carol === undefined) throw new Error('three helpers were asked for');
  await Promise.all([befriend(alice, bob), befriend(bob, carol), befriend(alice, carol)]);
  return [alice, bob, carol];
}

function pairsOf(helpers: Helper[]): [Helper, Helper][] {
  return helpers.flatMap((from) => helpers.filter((to) => to !== from).map((to): [Helper, Helper] => [from, to]));
}
