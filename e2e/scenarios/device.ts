/** The tunnel device: what the seed's `create`, `configure_ipv6` and `route_peer_range` promise. */
import assert from 'node:assert/strict';
import type { Helper } from '../helper.js';
import type { LinkInfo } from '../machine.js';
import { scenario } from '../scenario.js';
import { ping, stream, transfer } from '../traffic.js';

const overlayGateway = '100.64.0.1';
const range6 = '200::/7';

scenario('device: one TUN with an IPv4 /10 towards 100.64.0.1, an IPv6 /128 and MTU 1280', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  const status = await alice.status();
  assert.equal(status.state, 'up');
  const tunnels = (await alice.machine.links()).filter(({ link_type: type }) => type === 'none');
  assert.deepEqual(
    tunnels.map(({ ifname }) => ifname),
    [status.tun?.name],
  );
  const device = await tunnel(alice);
  assert.equal(device.mtu, 1280);
  assert.equal(status.tun?.mtu, 1280);
  assert.ok(device.flags.includes('UP'));
  const addresses = device.addr_info.filter(({ scope }) => scope === 'global');
  assert.deepEqual(
    addresses.map(({ family, local, address, prefixlen }) => ({ family, local, address, prefixlen })),
    [
      { family: 'inet', local: status.ipv4, address: overlayGateway, prefixlen: 10 },
      { family: 'inet6', local: status.ipv6, address: undefined, prefixlen: 128 },
    ],
  );
});

scenario(
  'device: IPv6 address and route are there once after any number of downs, ups and starts',
  {},
  async (world) => {
    const alice = await world.helper(await world.machine('alice'));
    const assertRouted = async (): Promise<void> => {
      const { ipv6, warnings } = await alice.status();
      assert.deepEqual(warnings, []);
      const device = await tunnel(alice);
      assert.equal(device.addr_info.filter(({ local }) => local === ipv6).length, 1);
      const routes = (await alice.machine.routes(6)).filter(({ dst }) => dst === range6);
      assert.equal(routes.filter(({ dev, type }) => dev === device.ifname && type !== 'unreachable').length, 1);
      assert.equal(routes.filter(({ type }) => type === 'unreachable').length, 1);
    };
    await assertRouted();
    for (let round = 0; round < 5; round += 1) {
      await alice.mustCli('down');
      const ways = await alice.machine.routes(6);
      assert.ok(
        ways.filter(({ dst }) => dst === range6).every(({ type }) => type === 'unreachable'),
        'no route into the device while its link is down',
      );
      await alice.mustCli('up');
      await assertRouted();
    }
    await alice.stop();
    await alice.start();
    await assertRouted();
  },
);

scenario(
  'device: reading and writing do not wait for each other',
  { needs: ['iperf3'], alone: true },
  async (world) => {
    const { alice, bob } = await world.pair();
    const { ipv4 } = await bob.status();
    const both = await stream(alice.machine, bob.machine, ipv4, { bidirectional: true, seconds: 3 });
    world.figures.set('mbps', both.mbps).set('reverseMbps', both.reverseMbps ?? 0);
    assert.ok(both.mbps > 5, 'one direction moved');
    assert.ok((both.reverseMbps ?? 0) > 5, 'and the other at the same time');
  },
);

scenario('device: bytes arrive unchanged over both families', {}, async (world, scale) => {
  const { alice, bob } = await world.pair();
  const { ipv4, ipv6 } = await bob.status();
  const bytes = scale === 'long' ? 200_000_000 : 8_000_000;
  assert.ok(await transfer(alice.machine, bob.machine, ipv4, bytes));
  assert.ok(await transfer(alice.machine, bob.machine, ipv6, bytes));
});

scenario('device: an unknown overlay address is answered with unreachable, not with silence', {}, async (world) => {
  const alice = await world.helper(await world.machine('alice'));
  for (const address of ['100.77.1.2', '200:1234::1']) {
    const { stdout } = await alice.machine.run(['ping', '-n', '-c', '1', '-W', '2', address]);
    assert.match(stdout, /unreachable|prohibited/i, address);
    assert.equal((await ping(alice.machine, address, { count: 1 })).received, 0);
  }
});

scenario('device: without /dev/net/tun the helper says so and stays reachable', {}, async (world) => {
  // Read-only: with enough rights a missing node is made anew.
  const prefix = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o ro none /dev/net && exec "$@"', 'sh'];
  const alice = await world.helper(await world.machine('alice'), { prefix });
  const { state, failure } = await alice.status();
  assert.equal(state, 'failed');
  assert.equal(failure?.code, 'tun-unavailable');
  assert.match(failure.message, /\/dev\/net\/tun/);
});

async function tunnel(helper: Helper): Promise<LinkInfo> {
  const { tun } = await helper.status();
  assert.ok(tun !== null, 'there is a tunnel device');
  const device = await helper.machine.link(tun.name);
  assert.ok(device !== undefined, `${tun.name} exists`);
  return device;
}
