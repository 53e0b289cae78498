/** The seed's `TUN_MTU`: a whole 1280-byte packet crosses from the first packet on, whatever the underlay. */
import assert from 'node:assert/strict';
import { scenario } from '../scenario.js';
import { ping, transfer } from '../traffic.js';
import { eventually } from '../wait.js';

const tunMtu = 1280;

for (const underlayMtu of [1500, 1280]) {
  for (const family of ['ipv4', 'ipv6'] as const) {
    for (const sender of ['alice', 'bob'] as const) {
      const direction = sender === 'alice' ? 'there' : 'back';
      const name = `mtu: the very first packet is one of 1280 bytes, ${family}, ${direction}, underlay MTU ${underlayMtu}`;
      scenario(name, {}, async (world) => {
        const pair = await world.pair({ number: 1, mtu: underlayMtu });
        const from = pair[sender];
        const to = sender === 'alice' ? pair.bob : pair.alice;
        const address = (await to.status())[family];
        // The answer is as long as the question: the first packet of the other direction too.
        const first = await ping(from.machine, address, { count: 1, packetSize: tunMtu, patience: 2 });
        assert.equal(first.received, 1);
        const later = await ping(from.machine, address, { count: 10, interval: 0.05, packetSize: tunMtu });
        assert.equal(later.received, 10);
      });
    }
  }
}

scenario('mtu: a packet of more than 1280 bytes never leaves the sender', {}, async (world) => {
  const { alice, bob } = await world.pair();
  const { ipv4 } = await bob.status();
  assert.equal((await ping(alice.machine, ipv4, { count: 1, packetSize: tunMtu + 1 })).received, 0);
});

scenario('mtu: packets of every size cross', {}, async (world, scale) => {
  const { alice, bob } = await world.pair({ number: 1, mtu: 1280 });
  const { ipv4, ipv6 } = await bob.status();
  const step = scale === 'long' ? 1 : 61;
  for (const [address, smallest] of [
    [ipv4, 28],
    [ipv6, 48],
  ] as const) {
    for (let packetSize: number = smallest; packetSize <= tunMtu; packetSize += step) {
      assert.equal((await ping(alice.machine, address, { count: 1, packetSize })).received, 1, `${packetSize} bytes`);
    }
  }
});

scenario('mtu: an underlay that silently swallows large packets midway', { needs: ['nft'] }, async (world) => {
  // alice — router — bob: the second hop takes 1280 bytes, and nobody hears that it does.
  const [alice, router, bob] = [
    await world.machine('alice'),
    await world.machine('router'),
    await world.machine('bob'),
  ];
  const near = await world.lan([alice, router], { number: 1 });
  const far = await world.lan([router, bob], { number: 2 });
  for (const family of ['ipv4.ip_forward', 'ipv6.conf.all.forwarding']) await router.sysctl(`net.${family}`, '1');
  await router.ip(`link set ${far.interface} mtu 1280`);
  await alice.ip(`route add 192.168.2.0/24 via ${near.port(router).ipv4}`);
  await bob.ip(`route add 192.168.1.0/24 via ${far.port(router).ipv4}`);
  await router.nft(`table inet hole {
    chain output {
      type filter hook output priority 0; policy accept;
      ip protocol icmp drop
      icmpv6 type packet-too-big drop
    }
  }`);
  const [a, b] = [await world.helper(alice), await world.helper(bob)];
  // No LAN in common, so nothing finds the other but the addresses in the invite.
  const { link } = await b.call('invite', {});
  await b.call('add-peer', { target: a.id });
  await a.mustCli('add', link, '--name', 'bob');
  await a.untilPeer(b, 'connected', 15_000);
  const { ipv4, ipv6 } = await b.status();
  for (const address of [ipv4, ipv6]) {
    const first = await ping(alice, address, { count: 1, packetSize: tunMtu, patience: 2 });
    assert.equal(first.received, 1, 'the first packet');
  }
  await eventually('a transfer in both directions', 20_000, async () => {
    assert.ok(await transfer(alice, bob, ipv6, 1_000_000));
    assert.ok(await transfer(bob, alice, (await a.status()).ipv6, 1_000_000));
    return true;
  });
});
