/** A host firewall in the way: `status` says which and what to allow, and nobody's rules are changed. */
import assert from 'node:assert/strict';
import type { Warning } from '../../src/shared/status.js';
import type { Helper } from '../helper.js';
import { scenario } from '../scenario.js';
import type { World } from '../world.js';

/** A filter of inbound packets, as a distribution ships one. */
function inboundFilter(policy: 'accept' | 'drop', ...rules: string[]): string {
  const chain = ['type filter hook input priority 0; policy ' + policy + ';', ...rules];
  return `table inet hostwall {\n chain inbound {\n  ${chain.join('\n  ')}\n }\n}\n`;
}

const established = ['iifname "lo" accept', 'ct state established,related accept'];

const cases: { what: string; rules: string; warnings: Warning['code'][] }[] = [
  {
    what: 'a rule that drops what comes out of the tunnel',
    rules: inboundFilter('accept', 'iifname "rayfish0" drop'),
    warnings: ['firewall-blocks-tunnel'],
  },
  {
    what: 'a rule that drops the UDP port',
    rules: inboundFilter('accept', 'udp dport 45820 drop'),
    warnings: ['firewall-blocks-port'],
  },
  {
    what: 'a policy that drops everything not asked for',
    rules: inboundFilter('drop', ...established),
    warnings: ['firewall-blocks-port', 'firewall-blocks-tunnel'],
  },
  {
    what: 'a reject instead of a drop',
    rules: inboundFilter('accept', 'iifname "rayfish0" reject'),
    warnings: ['firewall-blocks-tunnel'],
  },
  {
    what: 'a strict policy that allows both',
    rules: inboundFilter('drop', ...established, 'iifname "rayfish0" accept', 'udp dport 45820 accept'),
    warnings: [],
  },
  {
    what: 'rules about somebody else',
    rules: inboundFilter('accept', 'iifname "eth7" drop', 'udp dport 53 drop'),
    warnings: [],
  },
];

for (const { what, rules, warnings } of cases) {
  const consequence = warnings.length === 0 ? 'is no warning' : `is named: ${warnings.join(', ')}`;
  scenario(`firewall: ${what} ${consequence}`, { needs: ['nft'] }, async (world) => {
    const alice = await behind(world, rules);
    const before = await alice.machine.must(['nft', 'list', 'ruleset']);
    const found = await firewallWarnings(alice, warnings.length);
    assert.deepEqual(found.map(({ code }) => code).sort(), warnings);
    for (const { message } of found) {
      assert.match(message, /hostwall/, 'which table');
      assert.match(message, /rayfish0|45820/, 'what to allow');
    }
    assert.equal(await alice.machine.must(['nft', 'list', 'ruleset']), before, 'we change no rules unasked');
  });
}

scenario('firewall: the warning goes when the rule is gone', { needs: ['nft'] }, async (world) => {
  const alice = await behind(world, inboundFilter('accept', 'iifname "rayfish0" drop'));
  assert.equal((await firewallWarnings(alice, 1)).length, 1);
  await alice.machine.must(['nft', 'flush', 'ruleset']);
  await alice.mustCli('down');
  await alice.mustCli('up');
  assert.deepEqual(await firewallWarnings(alice, 0), []);
});

async function behind(world: World, rules: string): Promise<Helper> {
  const machine = await world.machine('alice');
  // Without a LAN there is no interface by which anybody could reach the UDP port.
  await world.lan([machine]);
  await machine.nft(rules);
  return world.helper(machine);
}

async function firewallWarnings(helper: Helper, count: number): Promise<Warning[]> {
  const ofFirewall = ({ warnings }: { warnings: Warning[] }): Warning[] =>
    warnings.filter(({ code }) => code.startsWith('firewall-'));
  return ofFirewall(
    await helper.until(`${count} firewall warnings`, 8_000, (status) => ofFirewall(status).length === count),
  );
}
