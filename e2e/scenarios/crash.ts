/** The end of a helper: sudden and in order. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { Helper } from '../helper.js';
import { scenario } from '../scenario.js';
import { PingStream, reaches } from '../traffic.js';
import { sleep, timed } from '../wait.js';

const backMs = 3_000;

scenario(
  'crash: killed under traffic, it starts over its own remains with its peers back within 3 s',
  { alone: true },
  async (world, scale) => {
    const { alice, bob } = await world.pair();
    const { ipv4, ipv6 } = await alice.status();
    const kept = await stateOf(alice);
    const echoes = await Promise.all([ipv4, ipv6].map((address) => PingStream.start(bob.machine, address)));
    for (let round = 0; round < (scale === 'long' ? 20 : 3); round += 1) {
      await Promise.all(echoes.map((stream) => stream.firstAnswer(Date.now(), 5_000)));
      await alice.kill();
      const started = Date.now();
      const took = await timed(async () => {
        await alice.start();
        await Promise.all([alice.untilPeer(bob, 'connected'), bob.untilPeer(alice, 'connected')]);
        await Promise.all(echoes.map((stream) => stream.firstAnswer(started, 5_000)));
      });
      world.figures.set('backMs', Math.max(took, world.figures.get('backMs') ?? 0));
      assert.ok(took < backMs, `round ${round} took ${took} ms`);
      assert.deepEqual(await stateOf(alice), kept);
      assert.deepEqual((await alice.status()).warnings, []);
      await assertOneOfEach(alice);
    }
  },
);

scenario('crash: killed in the middle of changes, it never loses a file', {}, async (world, scale) => {
  const machine = await world.machine('alice');
  const alice = await world.helper(machine);
  const bob = await world.helper(await world.machine('bob'));
  const { id } = alice;
  for (let round = 0; round < (scale === 'long' ? 50 : 5); round += 1) {
    const changes = (async (): Promise<void> => {
      for (;;) {
        await alice.call('add-peer', { target: bob.id, name: `bob${round}` });
        await alice.call('down', {});
        await alice.call('remove-peer', { peer: bob.id });
        await alice.call('up', {});
      }
    })();
    await Promise.all([changes.catch(() => undefined), sleep(100 + 37 * round).then(() => alice.kill())]);
    const status = await alice.start();
    assert.equal(status.nodeId, id);
    assert.notEqual(status.state, 'failed');
    assert.deepEqual(status.warnings, []);
    if (status.peers.length > 0) await alice.call('remove-peer', { peer: bob.id });
  }
});

for (const state of ['up', 'standby'] as const) {
  scenario(`crash: SIGTERM while ${state} leaves no device, route, rule, address or socket`, {}, async (world) => {
    const [a, b] = [await world.machine('alice'), await world.machine('bob')];
    await world.lan([a, b]);
    const before = await traces(a);
    const alice = await world.helper(a);
    assert.notDeepEqual(await traces(a), before);
    if (state === 'standby') await alice.mustCli('down');
    const exit = await alice.stop();
    assert.deepEqual(exit, { code: 0, signal: null });
    assert.deepEqual(await traces(a), before);
    assert.ok(!existsSync(alice.socket), 'the socket is gone');
  });
}

scenario('crash: SIGINT is an orderly end too', {}, async (world) => {
  const machine = await world.machine('alice');
  const before = await traces(machine);
  const alice = await world.helper(machine);
  const exit = await alice.process.stop('SIGINT', 10_000);
  assert.deepEqual(exit, { code: 0, signal: null });
  assert.deepEqual(await traces(machine), before);
});

scenario('crash: an orderly end is heard by the peers', {}, async (world) => {
  const { alice, bob } = await world.pair();
  await alice.stop();
  const offline = await bob.until('alice gone', 2_000, ({ peers }) =>
    peers.every(({ state }) => state !== 'connected'),
  );
  assert.ok(offline.peers[0]?.lastSeen !== null, 'and they know when they last saw her');
});

scenario('crash: nobody gets its UDP port while its sockets are bound anew', { needs: ['perl'] }, async (world) => {
  const { alice, bob } = await world.pair();
  const squatter = await alice.machine.start(['perl', '-e', squat]);
  // iroh closes and binds its sockets at every change of the network; the port is held all the same.
  for (let round = 0; round < 4; round++) {
    for (const verb of ['add', 'del']) {
      await alice.machine.ip(`address ${verb} 192.0.2.1/32 dev lo`);
      await sleep(600);
    }
  }
  assert.ok(!(await squatter.output()).includes('taken'));
  const { ipv4, ipv6 } = await bob.status();
  for (const address of [ipv4, ipv6]) await reaches(alice.machine, address);
});

/** Takes UDP port 45820 in either family as soon as it is free, and says so. */
const squat = `
  use Socket qw(:all);
  socket(my $four, AF_INET, SOCK_DGRAM, 0);
  socket(my $six, AF_INET6, SOCK_DGRAM, 0);
  setsockopt($six, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  my ($any4, $any6) = (pack_sockaddr_in(45820, INADDR_ANY), pack_sockaddr_in6(45820, IN6ADDR_ANY));
  my ($has4, $has6);
  until ($has4 || $has6) { $has4 ||= bind($four, $any4); $has6 ||= bind($six, $any6); }
  $| = 1;
  print "taken\\n";`;

/** What has to survive: who it is and whom it knows. */
async function stateOf(helper: Helper): Promise<unknown> {
  const { nodeId, ipv4, ipv6, peers } = await helper.status();
  const identity = await helper.readState('identity.json');
  return { nodeId, ipv4, ipv6, identity, peers: peers.map(({ id, name }) => ({ id, name })) };
}

async function assertOneOfEach(helper: Helper): Promise<void> {
  const { machine } = helper;
  assert.equal((await machine.links()).filter(({ link_type: type }) => type === 'none').length, 1);
  const ways = (await machine.routes(6)).filter(({ dst }) => dst === '200::/7');
  assert.equal(ways.length, 2, 'one route into the device, one behind it');
}

/** Everything of the network configuration that a helper could leave behind. */
async function traces(machine: Helper['machine']): Promise<unknown> {
  const links = (await machine.links()).map(({ ifname, addr_info: addresses }) => ({
    ifname,
    // Link-local addresses of the underlay come when the kernel likes.
    addresses: addresses.filter(({ scope }) => scope === 'global').map(({ local }) => local),
  }));
  const routes = [...(await machine.routes(4)), ...(await machine.routes(6))]
    .filter(({ dst }) => !dst.startsWith('fe80'))
    .map(({ dst, type, dev }) => ({ dst, type, dev }));
  return { links, routes, rules: [await machine.rules(4), await machine.rules(6)] };
}
