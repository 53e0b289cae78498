/** Somebody else takes away what is ours: it is put back within 2 s, and the log says so. */
import assert from 'node:assert/strict';
import type { Helper } from '../helper.js';
import { scenario } from '../scenario.js';
import { ping, reaches } from '../traffic.js';
import { eventually, timed } from '../wait.js';

const repairMs = 2_000;

/** What somebody does, as words of `ip`, with the device's name put in. */
const damages = [
  ['the addresses are flushed', 'address flush dev TUN'],
  ['the IPv4 address is flushed', '-4 address flush dev TUN'],
  ['the IPv6 addresses are flushed', '-6 address flush dev TUN'],
  ['the IPv6 route is deleted', '-6 route del 200::/7 dev TUN'],
  ['the IPv4 route is deleted', 'route del 100.64.0.0/10 dev TUN'],
  ['the routes are flushed', '-6 route flush dev TUN'],
  ['the backstop is deleted', '-6 route del unreachable 200::/7'],
  ['the IPv4 backstop is deleted', 'route del unreachable 100.64.0.0/10'],
  ['the rule is deleted', '-6 rule del to 200::/7 lookup main'],
  ['the IPv4 rule is deleted', 'rule del to 100.64.0.0/10 lookup main'],
  ['the link is set down', 'link set TUN down'],
  ['the MTU is changed', 'link set TUN mtu 1400'],
] as const;

for (const [what, words] of damages) {
  scenario(`repair: ${what}`, {}, async (world) => {
    const { alice, bob } = await world.pair();
    const { ipv4, ipv6 } = await bob.status();
    const device = (await alice.status()).tun?.name ?? '';
    const before = await configuration(alice, device);
    const logged = (await alice.log()).length;
    await alice.machine.ip(words.replace('TUN', device));
    const took = await timed(() =>
      eventually('the configuration back', 5_000, async () => {
        assert.deepEqual(await configuration(alice, device), before);
        return true;
      }),
    );
    assert.ok(took < repairMs, `it took ${took} ms`);
    for (const address of [ipv4, ipv6]) await reaches(alice.machine, address);
    assert.notEqual((await alice.log()).slice(logged).trim(), '', 'the log says so');
  });
}

scenario('repair: the device itself is deleted', {}, async (world) => {
  const { alice, bob } = await world.pair();
  const device = (await alice.status()).tun?.name ?? '';
  await alice.machine.ip(`link del ${device}`);
  const { state, failure } = await alice.until(
    'noticed',
    5_000,
    ({ state: now, tun }) => now === 'failed' || tun?.name !== undefined,
  );
  // Either it made a new one, or it says that it lost the old one and `up` makes a new one; never a silent half-up.
  if (state === 'failed') {
    assert.equal(failure?.code, 'tun-lost');
    await alice.mustCli('up');
  }
  await eventually(
    'an echo again',
    5_000,
    async () => (await ping(alice.machine, (await bob.status()).ipv6, { count: 1 })).received === 1,
  );
});

/** Link, addresses, rules and the routes of both ranges; the kernel's own route to our IPv6 address is nobody's business. */
async function configuration(helper: Helper, device: string): Promise<unknown> {
  const link = await helper.machine.link(device);
  const ours = ({ dst }: { dst: string }): boolean => dst === '200::/7' || dst === '100.64.0.0/10';
  const routes = [...(await helper.machine.routes(4)), ...(await helper.machine.routes(6))].filter(ours);
  const rules = [...(await helper.machine.rules(4)), ...(await helper.machine.rules(6))];
  return {
    up: link?.flags.includes('UP'),
    mtu: link?.mtu,
    addresses: link?.addr_info
      .filter(({ scope }) => scope === 'global')
      .map(({ local, address, prefixlen }) => `${local} ${address ?? ''}/${prefixlen}`)
      .sort(),
    rules: rules.map(({ priority, src, dst, table }) => `${priority} ${src ?? ''} ${dst ?? ''} ${table ?? ''}`),
    routes: routes.map(({ dst, type, dev }) => `${type ?? 'unicast'} ${dst} ${dev ?? ''}`).sort(),
  };
}
