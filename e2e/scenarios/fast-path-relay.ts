/** A relay between the peers: what it carries, and what becomes of the fast path as their direct path comes and goes. */
import assert from 'node:assert/strict';
import { buildInvite } from '../../src/shared/invite.js';
import { bothFast, fastPair, longestGap } from '../fast-pair.js';
import type { Helper } from '../helper.js';
import type { Machine } from '../machine.js';
import { startRelay } from '../relay.js';
import { scenario } from '../scenario.js';
import { PingStream, ping, transfer } from '../traffic.js';
import { sleep } from '../wait.js';

const megabyte = 1_000_000;

scenario(
  'fast path: the relay as the only path: by QUIC, with the reason; with a direct path it comes',
  { needs: ['relay'] },
  async (world) => {
    const machines = [await world.machine('alice'), await world.machine('bob'), await world.machine('relay')] as const;
    const [one, other, relay] = machines;
    // Two networks that only the relay is on, and it routes nothing.
    const address = '192.0.2.1';
    await relay.ip(`address add ${address}/32 dev lo`);
    for (const [index, machine] of [one, other].entries()) {
      const lan = await world.lan([machine, relay], { number: index + 1 });
      await machine.ip(`route add default via ${lan.port(relay).ipv4}`);
    }
    const url = await startRelay(relay, address);
    const [alice, bob] = [await world.helper(one, { relay: url }), await world.helper(other, { relay: url })];
    const { ipv4, ipv6 } = await bob.status();
    const echoes = await PingStream.start(one, ipv4);
    await invite(alice, bob, url);
    const both = [
      [alice, bob],
      [bob, alice],
    ] as const;
    for (const [here, there] of both) {
      await here.untilPeer(there, 'connected', 15_000);
    }
    const connected = Date.now();
    const answer = await echoes.firstAnswer(0, 5_000);
    world.figures.set('relay alone, until an echo (ms)', Math.max(answer - connected, 0));
    assert.ok(answer - connected < 1_000, `${answer - connected} ms until an echo`);
    for (const [here, there] of both) {
      const { path } = await here.peer(there);
      assert.deepEqual([path?.kind, path?.carrier], ['relay', 'quic']);
      assert.match(path?.carrierReason ?? '', /needs a direct path/);
      assert.match(path?.remote ?? '', /^http:/);
      assert.match(await here.mustCli('status'), /relayed/);
    }
    for (const way of [ipv4, ipv6]) assert.ok(await transfer(one, other, way, megabyte));
    const gap = await longestGap(echoes, answer);
    assert.ok(gap < 1_000, `${gap} ms without an echo`);
    await echoes.stop();
    await world.lan([one, other], { number: 3 });
    const began = Date.now();
    await bothFast(alice, bob, 40_000);
    world.figures.set('from a direct link to the fast path (ms)', Date.now() - began);
    assert.equal((await alice.peer(bob)).path?.kind, 'direct');
    assert.ok(await transfer(one, other, ipv4, megabyte));
  },
);

scenario(
  'fast path: QUIC blocked on the direct path, though its own datagrams pass: to the relay within 10 s',
  { needs: ['nft', 'relay'] },
  async (world) => {
    const machines = [await world.machine('alice'), await world.machine('bob'), await world.machine('relay')] as const;
    const lan = await world.lan(machines);
    const url = await startRelay(machines[2], lan.port(machines[2]).ipv4);
    const alice = await world.helper(machines[0], { relay: url });
    const bob = await world.helper(machines[1], { relay: url });
    await invite(alice, bob, url);
    await bothFast(alice, bob, 20_000);
    const { ipv6 } = await bob.status();
    const echoes = await PingStream.start(alice.machine, ipv6);
    await echoes.firstAnswer(0, 3_000);
    const since = Date.now();
    await Promise.all(machines.slice(0, 2).map(blockQuic));
    await alice.until('relayed', 20_000, ({ peers }) => peers[0]?.path?.kind === 'relay');
    const relayedAt = Date.now();
    const answer = await echoes.firstAnswer(relayedAt, 10_000);
    world.figures.set('until the relay is the path (ms)', relayedAt - since);
    world.figures.set('until an echo by the relay (ms)', answer - since);
    assert.ok(answer - since < 10_000, `${answer - since} ms until an echo by the relay`);
    assert.equal((await alice.peer(bob)).path?.carrier, 'quic');
    await echoes.stop();
  },
);

scenario(
  'fast path: QUIC blocked, no relay: traffic ends with the connection, though its own datagrams would pass',
  { needs: ['nft'], timeoutMs: 90_000 },
  async (world) => {
    const { alice, bob } = await fastPair(world);
    const { ipv6 } = await bob.status();
    const echoes = await PingStream.start(alice.machine, ipv6);
    await echoes.firstAnswer(0, 3_000);
    const since = Date.now();
    await Promise.all([blockQuic(alice.machine), blockQuic(bob.machine)]);
    const gone = (helper: Helper): Promise<unknown> =>
      helper.until('its peer offline', 40_000, ({ peers }) => peers[0]?.state === 'offline' && peers[0].path === null);
    await Promise.all([gone(alice), gone(bob)]);
    world.figures.set('until the peer is offline (ms)', Date.now() - since);
    const ended = Date.now();
    await sleep(2_000);
    assert.deepEqual(
      (await echoes.answers()).filter((at) => at > ended),
      [],
      'nothing is delivered without a connection',
    );
    await echoes.stop();
    for (const helper of [alice, bob]) await helper.machine.must(['nft', 'delete', 'table', 'inet', 'noquic']);
    await bothFast(alice, bob, 30_000);
    assert.equal((await ping(alice.machine, ipv6)).received, 3);
  },
);

/** Adds each to the other by an invite that names the relay and nothing else. */
async function invite(alice: Helper, bob: Helper, relay: string): Promise<void> {
  const link = ({ id, name }: Helper): string => buildInvite({ id, addresses: [], relay, name });
  await Promise.all([alice.mustCli('add', link(bob)), bob.mustCli('add', link(alice))]);
}

/** Drops what comes in of QUIC, whose first byte has bit 0x40 set, and nothing else. */
async function blockQuic(machine: Machine): Promise<void> {
  const rule = 'udp dport 45820 @th,64,8 & 0x40 != 0 drop';
  await machine.nft(
    `table inet noquic {\n chain inbound {\n type filter hook input priority 0; policy accept;\n ${rule}\n }\n}\n`,
  );
}
