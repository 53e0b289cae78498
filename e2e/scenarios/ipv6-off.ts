/** A host without IPv6: IPv4 goes on, with one warning. */
import assert from 'node:assert/strict';
import type { Helper } from '../helper.js';
import { hostileProgram } from '../hostile.js';
import type { Machine } from '../machine.js';
import { scenario } from '../scenario.js';
import { ping, reaches } from '../traffic.js';
import { eventually, timed } from '../wait.js';
import { befriend } from '../world.js';

/** How long a connection may take to find another way after the one it had is gone. */
const wayMs = 10_000;

scenario('ipv6 off: by sysctl before the start, IPv4 goes on with one warning', {}, async (world) => {
  const [a, b] = [await world.machine('alice'), await world.machine('bob')];
  await setIpv6(a, false);
  await world.lan([a, b], { number: 1, ipv6: false });
  await assertIpv4Only(await world.helper(a), await world.helper(b));
});

scenario('ipv6 off: switched off and on while running', {}, async (world) => {
  const { alice, bob } = await world.pair();
  await setIpv6(alice.machine, false);
  const { warnings } = await alice.until('the warning', 3_000, ({ warnings: now }) => now.length > 0);
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['ipv6-unavailable'],
  );
  const { ipv4, ipv6 } = await bob.status();
  // The way to bob may have been an IPv6 one; another has to be found first.
  const took = await timed(() =>
    eventually('an IPv4 echo', wayMs, async () => (await ping(alice.machine, ipv4, { count: 1 })).received === 1),
  );
  world.figures.set('wayMs', took);
  await reaches(alice.machine, ipv4);
  await setIpv6(alice.machine, true);
  await alice.until('no warning', 5_000, ({ warnings: now }) => now.length === 0);
  await reaches(alice.machine, ipv6);
});

scenario('ipv6 off: a kernel without IPv6 at all', { needs: ['hostile'] }, async (world) => {
  const [a, b] = [await world.machine('alice'), await world.machine('bob')];
  await setIpv6(a, false);
  await world.lan([a, b], { number: 1, ipv6: false });
  // As `ipv6.disable=1` leaves it: no address family, no settings, no table of addresses.
  const hide = 'mount -t tmpfs none /proc/sys/net/ipv6 && mount --bind /dev/null /proc/net/if_inet6 && exec "$@"';
  const prefix = ['unshare', '-m', 'sh', '-c', hide, 'sh', hostileProgram() ?? '', 'without-ipv6', '--'];
  await assertIpv4Only(await world.helper(a, { prefix }), await world.helper(b));
});

async function assertIpv4Only(alice: Helper, bob: Helper): Promise<void> {
  const { state, warnings } = await alice.status();
  assert.equal(state, 'up');
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['ipv6-unavailable'],
  );
  await befriend(alice, bob);
  assert.equal((await ping(alice.machine, (await bob.status()).ipv4)).received, 3);
  assert.equal((await ping(bob.machine, (await alice.status()).ipv4)).received, 3);
  await alice.mustCli('down');
  await alice.mustCli('up');
  assert.equal((await alice.status()).warnings.length, 1, 'one warning, however often');
}

async function setIpv6(machine: Machine, on: boolean): Promise<void> {
  for (const scope of ['default', 'all']) await machine.sysctl(`net.ipv6.conf.${scope}.disable_ipv6`, on ? '0' : '1');
}
