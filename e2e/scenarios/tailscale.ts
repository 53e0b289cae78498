/**
 * Beside Tailscale, simulated to the letter of what it does to a host: `tailscale0` with a 100.x/32, a filter that
 * drops 100.64.0.0/10 from any other interface, a policy rule at 5270 to a table with a default route.
 */
import assert from 'node:assert/strict';
import type { Helper } from '../helper.js';
import type { Machine } from '../machine.js';
import { scenario } from '../scenario.js';
import { ping, reaches } from '../traffic.js';
import { befriend, type World } from '../world.js';

const device = 'tailscale0';
const own = { ipv4: '100.101.102.103', ipv6: 'fd7a:115c:a1e0::1' };
const other = { ipv4: '100.99.0.1', ipv6: 'fd7a:115c:a1e0::2' };

scenario('tailscale: started before us, both keep working', { needs: ['nft'] }, async (world) => {
  const [a, b, tailnet] = await machines(world);
  await startTailscale(a, tailnet);
  await assertTailscaleWorks(a);
  const [alice, bob] = [await world.helper(a), await world.helper(b)];
  await befriend(alice, bob);
  await assertBothWork(alice, bob);
  await alice.stop();
  await assertTailscaleWorks(a);
});

scenario('tailscale: started after us, both keep working', { needs: ['nft'] }, async (world) => {
  const [a, b, tailnet] = await machines(world);
  const [alice, bob] = [await world.helper(a), await world.helper(b)];
  await befriend(alice, bob);
  await startTailscale(a, tailnet);
  await assertBothWork(alice, bob);
  await alice.mustCli('down');
  await assertTailscaleWorks(a);
  await alice.mustCli('up');
  await assertBothWork(alice, bob);
  await a.ip(`link del ${device}`);
  await alice.until('both families', 3_000, ({ ipv6Only }) => !ipv6Only);
});

async function machines(world: World): Promise<[Machine, Machine, Machine]> {
  const made: [Machine, Machine, Machine] = [
    await world.machine('alice'),
    await world.machine('bob'),
    await world.machine('tailnet'),
  ];
  await world.lan(made.slice(0, 2));
  return made;
}

/** What `tailscale up` with an exit node leaves on a host. Its tunnel is a cable here: the packets are real. */
async function startTailscale(machine: Machine, tailnet: Machine): Promise<void> {
  await machine.ip(`link add ${device} type veth peer name ts0 netns ${tailnet.namespace}`);
  for (const [end, name, here, there] of [
    [machine, device, own, other],
    [tailnet, 'ts0', other, own],
  ] as const) {
    await end.ip(`address add ${here.ipv4}/32 dev ${name}`);
    await end.ip(`address add ${here.ipv6}/128 dev ${name} nodad`);
    await end.ip(`link set ${name} up`);
    const table = end === machine ? ' table 52' : '';
    await end.ip(`route add ${there.ipv4}/32 dev ${name}${table}`);
    await end.ip(`-6 route add ${there.ipv6}/128 dev ${name}${table}`);
  }
  for (const [family, lan] of [
    [4, '192.168.1.0/24'],
    [6, 'fd00:1::/64'],
  ] as const) {
    await machine.ip(`-${family} route add default dev ${device} table 52`);
    // "Allow LAN access": what is on the LAN stays there.
    await machine.ip(`-${family} route add throw ${lan} table 52`);
    await machine.ip(`-${family} rule add pref 5270 lookup 52`);
  }
  await machine.nft(`table ip tailscale {
    chain ts-input {
      type filter hook input priority 0; policy accept;
      iifname != "${device}" ip saddr 100.64.0.0/10 counter drop
    }
  }`);
}

async function assertTailscaleWorks(machine: Machine): Promise<void> {
  for (const address of [other.ipv4, other.ipv6])
    assert.equal((await ping(machine, address)).received, 3, `tailnet ${address}`);
  assert.match(await machine.routeTo('203.0.113.9'), new RegExp(`dev ${device}`), 'its default route stands');
}

async function assertBothWork(alice: Helper, bob: Helper): Promise<void> {
  const { warnings } = await alice.until('IPv6-only', 3_000, ({ ipv6Only }) => ipv6Only);
  const conflict = warnings.find(({ code }) => code === 'cgnat-conflict');
  assert.equal(conflict?.interface, device);
  assert.equal(conflict.address, own.ipv4);
  await reaches(alice.machine, (await bob.status()).ipv6);
  await reaches(bob.machine, (await alice.status()).ipv6);
  await assertTailscaleWorks(alice.machine);
  const { path } = await alice.peer(bob);
  assert.ok(path?.remote?.includes('100.') !== true, 'the way to bob does not lead through the other tunnel');
}
