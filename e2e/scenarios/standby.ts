/** What `down` means: quiet, with everything kept that makes `up` instant. */
import assert from 'node:assert/strict';
import { Capture } from '../capture.js';
import { scenario } from '../scenario.js';
import { ping, PingStream } from '../traffic.js';
import { eventually, sleep, timed } from '../wait.js';

const upMs = 300;
const pausedMs = 1_000;

scenario(
  'standby: device, index and connection stay; up carries packets in under 300 ms',
  { needs: ['tcpdump'], alone: true },
  async (world, scale) => {
    const { alice, bob, lan } = await world.pair();
    const { ipv4 } = await bob.status();
    const device = (await alice.status()).tun?.name ?? '';
    const before = await alice.machine.link(device);
    // A QUIC long header (its first bit) opens every handshake and is never seen after it.
    const handshakes = await Capture.start(
      alice.machine,
      lan.interface,
      'udp and (udp[8] & 0xc0 = 0xc0 or ip6[48] & 0xc0 = 0xc0) and not port 5353',
    );
    for (let round = 0; round < (scale === 'long' ? 20 : 3); round += 1) {
      await alice.mustCli('down');
      const asleep = await alice.machine.link(device);
      assert.equal(asleep?.ifindex, before?.ifindex);
      assert.ok(!asleep?.flags.includes('UP'), 'the link is down');
      assert.equal((await alice.peer(bob)).state, 'connected');
      assert.equal((await ping(alice.machine, ipv4, { count: 1 })).received, 0);
      await sleep(300);

      const echoes = await PingStream.start(alice.machine, ipv4);
      const asked = Date.now();
      await alice.call('up', {});
      const took = (await echoes.firstAnswer(asked, 3_000)) - asked;
      await echoes.stop();
      world.figures.set('upMs', Math.max(took, world.figures.get('upMs') ?? 0));
      assert.ok(took < upMs, `the first echo took ${took} ms`);
      assert.equal((await alice.machine.link(device))?.ifindex, before?.ifindex);
    }
    assert.deepEqual(await handshakes.stop(), [], 'no new handshake');
  },
);

scenario('standby: the other end shows paused within 1 s and resumed as soon', { alone: true }, async (world) => {
  const { alice, bob } = await world.pair();
  const down = await timed(async () => {
    await alice.call('down', {});
    await bob.untilPeer(alice, 'paused', 3_000);
  });
  const { ipv4, ipv6 } = await alice.status();
  for (const address of [ipv4, ipv6]) {
    const { stdout } = await bob.machine.run(['ping', '-n', '-c', '1', '-W', '2', address]);
    assert.match(stdout, /unreachable|prohibited/i, 'packets to a paused peer are answered, not swallowed');
  }
  const up = await timed(async () => {
    await alice.call('up', {});
    await bob.untilPeer(alice, 'connected', 3_000);
  });
  world.figures.set('pausedMs', down).set('resumedMs', up);
  assert.ok(down < pausedMs, `paused took ${down} ms`);
  assert.ok(up < pausedMs, `resumed took ${up} ms`);
});

scenario('standby: a peer met while in standby hears that from the start', {}, async (world) => {
  const { alice, bob } = await world.strangers();
  await alice.mustCli('down');
  await bob.mustCli('add', alice.id);
  await alice.mustCli('add', bob.id);
  await bob.untilPeer(alice, 'paused');
});

scenario(
  'standby: a change while a connection is being opened reaches the peer all the same',
  { needs: ['nft'] },
  async (world, scale) => {
    const pair = await world.pair();
    // Where both dial, the connection that this one dialled is kept.
    const [alice, bob] = pair.alice.id < pair.bob.id ? [pair.alice, pair.bob] : [pair.bob, pair.alice];
    for (let round = 0; round < (scale === 'long' ? 10 : 2); round += 1) {
      const [command, shown] = round % 2 === 0 ? (['down', 'paused'] as const) : (['up', 'connected'] as const);
      await bob.stop();
      // Handshakes pass, what comes after them does not: they hear our hello, and we wait for theirs.
      await bob.machine.nft(`table inet handshakes {
        chain output { type filter hook output priority 0; udp dport != 5353 @th,64,1 0 drop; }
      }`);
      await bob.start();
      await bob.untilPeer(alice, round % 2 === 0 ? 'connected' : 'paused');
      await alice.call(command, {});
      assert.equal((await alice.peer(bob)).state, 'connecting', 'their hello has not come');
      await bob.machine.must(['nft', 'delete', 'table', 'inet', 'handshakes']);
      await bob.untilPeer(alice, shown);
    }
  },
);

scenario('standby: the wish outlives a restart and a kill', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  await alice.mustCli('down');
  await alice.stop();
  assert.equal((await alice.start()).state, 'standby');
  await alice.kill();
  assert.equal((await alice.start()).state, 'standby');
  await alice.mustCli('up');
  await alice.kill();
  assert.equal((await alice.start()).state, 'up');
});

scenario('standby: up and down from several sides at once end in one state', {}, async (world, scale) => {
  const { alice, bob } = await world.pair();
  for (let round = 0; round < (scale === 'long' ? 30 : 4); round += 1) {
    await Promise.all([alice.call('down', {}), alice.call('up', {}), alice.call('down', {}), alice.call('up', {})]);
    const { state, wish, warnings } = await alice.until(
      'at rest',
      3_000,
      ({ state: now }) => now === 'up' || now === 'standby',
    );
    assert.equal(state === 'up' ? 'up' : 'standby', wish);
    assert.deepEqual(warnings, []);
  }
  await alice.mustCli('up');
  await eventually(
    'an echo',
    3_000,
    async () => (await ping(bob.machine, (await alice.status()).ipv6, { count: 1 })).received === 1,
  );
});
