/** The fast path under load, when the wire reorders, when keys change all the time, and when somebody floods it. */
import assert from 'node:assert/strict';
import { plainFrames } from '../cable.js';
import { fastDrops } from '../fast-drops.js';
import { bothFast, byCarrier, connectionsOf } from '../fast-pair.js';
import type { Helper } from '../helper.js';
import { scenario } from '../scenario.js';
import { Tamper, onePath, tappedPair } from '../tamper.js';
import { ping, stream } from '../traffic.js';
import { offer } from '../udp-load.js';
import { sleep } from '../wait.js';
import { befriend, type World } from '../world.js';

const helperPort = 45820;

scenario(
  'fast path: reordered by up to 4,096, every datagram arrives exactly once',
  { needs: ['tamper', 'udp_load', 'ethtool'], alone: true },
  async (world, scale) => {
    const { alice, bob, tamper } = await tappedPair(world);
    const { ipv4 } = await bob.status();
    const before = await fastDrops(bob);
    const what = { size: 200, rate: 24_000, seconds: scale === 'long' ? 60 : 4, patience: 1 };
    await tamper.reorder(4_096);
    const { offered, lost, repeated } = await offer(alice.machine, bob.machine, ipv4, what);
    const late = await tamper.inOrder();
    const seen = await tamper.seen();
    world.figures.set('datagrams', seen.datagrams).set('places late', late);
    assert.equal(late, 4_096, 'so much was reordered');
    assert.deepEqual({ lost, repeated }, { lost: 0, repeated: 0 });
    assert.deepEqual(await fastDrops(bob), before, 'nothing was taken for a replay');
    assert.ok(seen.datagrams >= offered * what.seconds, `all went by the fast path: ${seen.datagrams}`);
    await byCarrier(alice, bob, 'fast');
  },
);

scenario(
  'fast path: new keys several times a second under full load lose nothing',
  { needs: ['tamper', 'udp_load', 'iperf3'], alone: true },
  async (world, scale) => {
    const seconds = scale === 'long' ? 60 : 5;
    const [one, other] = [await world.machine('alice'), await world.machine('bob')];
    const lan = await world.lan([one, other], onePath);
    const often = { arguments: ['--rekey-after', '1000'] };
    const [alice, bob] = [await world.helper(one, often), await world.helper(other, often)];
    await befriend(alice, bob);
    await bothFast(alice, bob);
    for (const machine of [one, other]) await plainFrames(machine, lan);
    const tap = await Tamper.on(bob.machine, lan);
    const [a, b] = [await alice.status(), await bob.status()];
    const before = [await fastDrops(alice), await fastDrops(bob)];

    const numbered = { size: 1000, rate: 5_000, seconds, patience: 1 };
    const delivered = await Promise.all([offer(one, other, b.ipv4, numbered), offer(other, one, a.ipv4, numbered)]);
    const { sessions, datagrams: numberedSeen } = await tap.seen();
    const lost = delivered.map(({ lost, repeated }) => ({ lost, repeated }));
    assert.deepEqual([await fastDrops(alice), await fastDrops(bob)], before, 'every numbered datagram found its keys');
    assert.deepEqual(lost, Array(2).fill({ lost: 0, repeated: 0 }), 'numbered datagrams, both ways');
    assert.ok(sessions > seconds, `${sessions} generations`);

    const full = await stream(one, other, b.ipv4, { seconds, bidirectional: true });
    const { sessions: allSessions, datagrams: allSeen, repeated, oversized } = await tap.seen();
    const [moreSessions, seen] = [allSessions - sessions, allSeen - numberedSeen];
    world.figures
      .set('generations under UDP', sessions)
      .set('generations under TCP', moreSessions)
      .set('TCP there (Mb/s)', full.mbps)
      .set('TCP back (Mb/s)', full.reverseMbps ?? 0)
      .set('datagrams of it seen on the wire', seen)
      .set('segments sent again', full.retransmits);
    assert.ok(moreSessions > 2 * seconds, `${moreSessions} generations`);
    // It sends again after 200 ms at the earliest; for a tenth of a second one end may just not have had its turn.
    assert.ok(full.longestStallMs < 200, `TCP waited ${full.longestStallMs} ms`);
    assert.deepEqual([await fastDrops(alice), await fastDrops(bob)], before, 'every datagram found its keys');
    assert.equal(oversized, 0, 'each datagram was seen by itself');
    // Full size and both ways; what is seen of it is what was neither an acknowledgement nor missed.
    assert.ok(seen * 1280 > full.bytes / 2, `only ${seen} datagrams were looked at`);
    assert.equal(repeated, 0, 'no counter was used twice in a session');
    await bothFast(alice, bob);
  },
);

scenario(
  'fast path: forgeries at any rate neither close the connection nor turn it off',
  { needs: ['tamper', 'iperf3'], alone: true },
  async (world, scale) => {
    const { rounds, seconds } = scale === 'long' ? { rounds: 6, seconds: 10 } : { rounds: 1, seconds: 3 };
    const { alice, bob, overhear, mallory } = await overheardPair(world);
    const connections = await connectionsOf(alice, bob);
    const { ipv4 } = await bob.status();
    const alone = await stream(alice.machine, bob.machine, ipv4, { seconds });
    world.figures.set('TCP in peace (Mb/s)', alone.mbps);
    for (const rate of [20_000, 0]) {
      const name = rate === 0 ? 'as fast as it goes' : `${rate} a second`;
      for (let round = 0; round < rounds; round += 1) {
        const before = await fastDrops(bob);
        const { from, to } = await overhear();
        const watch = watched([
          [alice, bob],
          [bob, alice],
        ]);
        const flood = mallory.flood(from, to, rate, seconds + 1);
        const load = await stream(alice.machine, bob.machine, ipv4, { seconds });
        const sent = await flood;
        await watch.stop();
        const after = await fastDrops(bob);
        const refused = (reason: string): number => (after[reason] ?? 0) - (before[reason] ?? 0);
        const forged = refused('fast-forged');
        world.figures
          .set(`forgeries sent, ${name} (a second)`, sent / (seconds + 1))
          .set(`forgeries refused, ${name} (a second)`, forged / (seconds + 1))
          .set(`TCP meanwhile, ${name} (Mb/s)`, load.mbps);
        // iroh may move to the other family meanwhile.
        const all = forged + refused('fast-foreign-address');
        assert.ok(all > 0.5 * (rate === 0 ? 20_000 : rate) * seconds, `only ${all} of ${sent} got that far`);
        assert.ok(forged > 0, 'none got as far as its keys');
        assert.ok(load.mbps > 1, `${load.mbps} Mb/s while flooded`);
      }
    }
    // With hardly anything else under way, every datagram that is lost counts.
    const watch = watched([
      [alice, bob],
      [bob, alice],
    ]);
    const { from, to } = await overhear();
    const flood = mallory.flood(from, to, 0, seconds);
    const idle = await ping(alice.machine, ipv4, { count: 5 * (seconds - 1), interval: 0.2 });
    await flood;
    await watch.stop();
    world.figures.set('pings answered while flooded (%)', 100 - idle.lossPct);
    assert.ok(idle.received > 0);
    assert.equal((await ping(alice.machine, ipv4)).received, 3);
    assert.equal(await connectionsOf(alice, bob), connections, 'one connection all the time');
  },
);

/** A pair on a LAN where mallory hears everything; `overhear` tells at which addresses a session of theirs is just now. */
async function overheardPair(world: World): Promise<{
  alice: Helper;
  bob: Helper;
  mallory: Tamper;
  overhear: () => Promise<{ from: string; to: string }>;
}> {
  const [one, other, third] = [
    await world.machine('alice'),
    await world.machine('bob'),
    await world.machine('mallory'),
  ];
  const lan = await world.lan([one, other, third], { number: 1, hub: true });
  const [alice, bob] = [await world.helper(one), await world.helper(other)];
  await befriend(alice, bob);
  await bothFast(alice, bob);
  const mallory = await Tamper.on(third, lan);
  const { ipv4 } = await bob.status();
  const { ipv4: a4, ipv6: a6 } = lan.port(one);
  const overhear = async (): Promise<{ from: string; to: string }> => {
    const heard = await mallory.capture(6, () => ping(one, ipv4, { count: 3 }));
    const alices = heard.findLast(({ from }) => [`${a4}:${helperPort}`, `[${a6}]:${helperPort}`].includes(from));
    if (alices === undefined) throw new Error('mallory heard nothing of alice');
    return alices;
  };
  return { alice, bob, mallory, overhear };
}

/** Looks ten times a second whether each sends to the other by the fast path; stopping it throws where one did not. */
function watched(pairs: readonly (readonly [Helper, Helper])[]): { stop(): Promise<void> } {
  const over = new AbortController();
  const watching = (async (): Promise<void> => {
    while (!over.signal.aborted) {
      for (const [helper, other] of pairs) {
        const { state, path } = await helper.peer(other);
        assert.deepEqual([state, path?.carrier], ['connected', 'fast'], `${helper.name}: ${path?.carrierReason ?? ''}`);
      }
      await sleep(100);
    }
  })();
  watching.catch(() => undefined);
  return {
    stop: () => {
      over.abort();
      return watching;
    },
  };
}
