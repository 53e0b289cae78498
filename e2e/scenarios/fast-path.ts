/** The fast path: used where it works, left where it does not, never in the way of what QUIC carries. */
import assert from 'node:assert/strict';
import { byCarrier, fastPair, longestGap } from '../fast-pair.js';
import { Hostile } from '../hostile.js';
import { makeKey } from '../key.js';
import { scenario } from '../scenario.js';
import { PingStream, ping, stream, transfer } from '../traffic.js';
import { eventually } from '../wait.js';
import { befriend } from '../world.js';

const megabyte = 1_000_000;

scenario('fast path: carries every byte unchanged, in both families and directions', {}, async (world, scale) => {
  const { alice, bob } = await fastPair(world);
  const [a, b] = [await alice.status(), await bob.status()];
  const bytes = (scale === 'long' ? 200 : 20) * megabyte;
  for (const family of ['ipv4', 'ipv6'] as const) {
    assert.ok(await transfer(alice.machine, bob.machine, b[family], bytes));
    assert.ok(await transfer(bob.machine, alice.machine, a[family], bytes));
  }
  const { drops } = await bob.status();
  for (const reason of ['fast-malformed', 'fast-forged', 'fast-replayed', 'fast-foreign-address', 'foreign-source']) {
    assert.equal(drops[reason], 0, reason);
  }
  assert.equal((await bob.peer(alice)).path?.carrier, 'fast', 'still in use');
});

scenario('fast path: offload on one side and none on the other understand each other', {}, async (world) => {
  const { alice, bob } = await world.strangers();
  await bob.mustCli('config', 'set', 'offload', 'off');
  await bob.stop();
  await bob.start();
  await Promise.all([alice.call('add-peer', { target: bob.id }), bob.call('add-peer', { target: alice.id })]);
  await Promise.all([alice.untilPeer(bob, 'connected'), bob.untilPeer(alice, 'connected')]);
  const [a, b] = [await alice.status(), await bob.status()];
  for (const carrier of ['on', 'off']) {
    await alice.mustCli('config', 'set', 'fast-path', carrier);
    await byCarrier(alice, bob, carrier === 'on' ? 'fast' : 'quic');
    for (const family of ['ipv4', 'ipv6'] as const) {
      assert.ok(await transfer(alice.machine, bob.machine, b[family], 5 * megabyte), `${family}, there, ${carrier}`);
      assert.ok(await transfer(bob.machine, alice.machine, a[family], 5 * megabyte), `${family}, back, ${carrier}`);
    }
  }
});

scenario('fast path: switched off and on again under load, nothing stops', {}, async (world) => {
  const { alice, bob } = await fastPair(world);
  const { ipv6 } = await bob.status();
  const echoes = await PingStream.start(alice.machine, ipv6);
  const since = await echoes.firstAnswer(0, 3_000);
  const load = stream(alice.machine, bob.machine, ipv6, { seconds: 6 });
  for (let round = 0; round < 3; round++) {
    await bob.mustCli('config', 'set', 'fast-path', 'off');
    assert.match(await byCarrier(bob, alice, 'quic'), /switched off here/);
    assert.match(await byCarrier(alice, bob, 'quic'), /switched off at the other device/);
    await bob.mustCli('config', 'set', 'fast-path', 'on');
    await byCarrier(alice, bob, 'fast');
    await byCarrier(bob, alice, 'fast');
  }
  assert.ok((await load).mbps > 0);
  const gap = await longestGap(echoes, since);
  await echoes.stop();
  world.figures.set('longest silence while switching the fast path (ms)', gap);
  assert.ok(gap < 1_000, `${gap} ms without an echo`);
});

scenario('fast path: both ends switching at once settle on it', {}, async (world, scale) => {
  const { alice, bob } = await fastPair(world);
  for (let round = 0; round < (scale === 'long' ? 30 : 4); round++) {
    await Promise.all([alice, bob].map((helper) => helper.call('down', {})));
    await Promise.all([alice, bob].map((helper) => helper.call('up', {})));
    await Promise.all([byCarrier(alice, bob, 'fast', 10_000), byCarrier(bob, alice, 'fast', 10_000)]);
  }
  await alice.untilPeer(bob, 'connected');
});

const blockedAt = 'ip protocol udp udp dport 45820 @th,64,8 & 0x40 == 0 drop';

scenario(
  'fast path: a firewall that knows only QUIC: by QUIC within a second, with the reason',
  { needs: ['nft'] },
  async (world) => {
    const { alice, bob } = await fastPair(world);
    const { ipv4 } = await bob.status();
    const echoes = await PingStream.start(alice.machine, ipv4);
    await echoes.firstAnswer(0, 3_000);
    const since = Date.now();
    const family = (await alice.peer(bob)).path?.remote?.startsWith('[') === true ? 'ip6 nexthdr' : 'ip protocol';
    const rule = blockedAt.replace('ip protocol', family);
    await bob.machine.nft(
      `table inet onlyquic {\n chain inbound {\n type filter hook input priority 0; policy accept;\n ${rule}\n }\n}\n`,
    );
    assert.match(await byCarrier(alice, bob, 'quic'), /does not arrive/);
    await eventually(
      'echoes again',
      3_000,
      async () => (await echoes.answers()).filter((at) => at > since + 100).length > 20,
    );
    const gap = await longestGap(echoes, since);
    world.figures.set('fast path blocked: longest silence (ms)', gap);
    assert.ok(gap < 1_000, `${gap} ms without an echo`);
    assert.equal((await bob.peer(alice)).path?.carrier, 'fast', 'the other direction works and stays');
    await bob.machine.must(['nft', 'delete', 'table', 'inet', 'onlyquic']);
    await byCarrier(alice, bob, 'fast', 40_000);
    await echoes.stop();
  },
);

scenario('fast path: an underlay whose MTU sinks below what it needs', {}, async (world) => {
  const { alice, bob, lan } = await fastPair(world);
  const { ipv6 } = await bob.status();
  const [echoes, large] = await Promise.all([
    PingStream.start(alice.machine, ipv6),
    PingStream.start(alice.machine, ipv6, { packetSize: 1280 }),
  ]);
  await Promise.all([echoes, large].map((stream) => stream.firstAnswer(0, 3_000)));
  const load = stream(alice.machine, bob.machine, ipv6, { seconds: 6 });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const since = Date.now();
  for (const { machine } of [alice, bob]) await machine.ip(`link set ${lan.interface} mtu 1300`);
  assert.match(await byCarrier(alice, bob, 'quic'), /less than the fast path needs|does not arrive/);
  const { longestStallMs } = await load;
  const [gap, largeGap] = [await longestGap(echoes, since), await longestGap(large, since)];
  await Promise.all([echoes.stop(), large.stop()]);
  world.figures
    .set('underlay MTU lowered to 1300: longest silence (ms)', gap)
    .set('the same of packets of full size (ms)', largeGap)
    .set('longest time that TCP stood still (ms)', longestStallMs);
  assert.ok(gap < 1_000, `${gap} ms without an echo`);
  assert.ok(largeGap < 1_000, `${largeGap} ms without an echo of full size`);
  // It tries again after 200 ms, 600 ms and 1.4 s.
  assert.ok(longestStallMs < 1_000, `TCP stood still for ${longestStallMs} ms`);
  for (const { machine } of [alice, bob]) await machine.ip(`link set ${lan.interface} mtu 1500`);
  await byCarrier(alice, bob, 'fast', 40_000);
});

scenario('fast path: a machine without AES and one with it agree on ChaCha20-Poly1305', {}, async (world) => {
  const [one, other] = [await world.machine('alice'), await world.machine('bob')];
  await world.lan([one, other]);
  const alice = await world.helper(one, { arguments: ['--no-aes'] });
  const bob = await world.helper(other);
  await Promise.all([alice.call('add-peer', { target: bob.id }), bob.call('add-peer', { target: alice.id })]);
  assert.match(await byCarrier(alice, bob, 'fast', 10_000), /chacha20-poly1305/);
  assert.match(await byCarrier(bob, alice, 'fast'), /chacha20-poly1305/);
  assert.ok(await transfer(one, other, (await bob.status()).ipv4, 5 * megabyte));
});

scenario('fast path: switched off at one of them from the start: by QUIC, and both say why', {}, async (world) => {
  const { alice, bob } = await world.strangers();
  await bob.mustCli('config', 'set', 'fast-path', 'off');
  const { ipv4 } = await bob.status();
  const echoes = await PingStream.start(alice.machine, ipv4);
  await befriend(alice, bob);
  const connected = Date.now();
  const answer = await echoes.firstAnswer(0, 3_000);
  world.figures.set('until an echo (ms)', Math.max(answer - connected, 0));
  assert.ok(answer - connected < 1_000, `${answer - connected} ms until an echo`);
  await eventually('both know why', 3_000, async () => {
    const reasons = [await alice.peer(bob), await bob.peer(alice)].map(({ path }) => path?.carrierReason ?? '');
    assert.match(reasons[0] ?? '', /switched off at the other device/);
    assert.match(reasons[1] ?? '', /switched off here/);
    return true;
  });
  assert.ok(await transfer(alice.machine, bob.machine, ipv4, 5 * megabyte));
  const gap = await longestGap(echoes, answer);
  await echoes.stop();
  assert.ok(gap < 1_000, `${gap} ms without an echo`);
  assert.equal((await alice.peer(bob)).path?.carrier, 'quic');
});

scenario('fast path: a peer that does not offer it is served by QUIC', { needs: ['hostile'] }, async (world) => {
  const [one, other] = [await world.machine('alice'), await world.machine('mallory')];
  const lan = await world.lan([one, other]);
  const alice = await world.helper(one);
  const key = makeKey();
  await alice.call('add-peer', { target: key.nodeId, name: 'mallory' });
  await Hostile.dial(other, key, { nodeId: alice.id, address: `${lan.port(one).ipv4}:45820` });
  const { path } = await eventually('an answer', 8_000, async () => {
    const peer = await alice.peer({ id: key.nodeId });
    return peer.path?.carrierReason.includes('does not offer') === true && peer;
  });
  assert.equal(path?.carrier, 'quic');
});

scenario('fast path: its sessions end in standby, and others begin after it', {}, async (world) => {
  const { alice, bob } = await fastPair(world);
  await alice.call('down', {});
  await byCarrier(bob, alice, 'quic');
  await alice.call('up', {});
  await byCarrier(bob, alice, 'fast');
  await byCarrier(alice, bob, 'fast');
  assert.equal((await ping(alice.machine, (await bob.status()).ipv6)).received, 3);
});
