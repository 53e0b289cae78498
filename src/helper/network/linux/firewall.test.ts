/** The rulesets beside this are dumps of `nft -j list ruleset` (counters and forward chains left out). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CommandMissing, type Runner } from '../runner.js';
import { checkFirewall, firewallWarnings, type FirewallQuestion } from './firewall.js';
import { parseRuleset, type Expression } from './ruleset.js';

const question: FirewallQuestion = { tun: 'rayfish0', ports: [45820], interfaces: ['eth0'], ipv6Only: false };

function dump(name: string): string {
  return readFileSync(new URL(`rulesets/${name}.json`, import.meta.url), 'utf8');
}

function codes(json: string, changes: Partial<FirewallQuestion> = {}): string[] {
  return firewallWarnings(parseRuleset(json), { ...question, ...changes }).map(({ code }) => code);
}

describe('known firewalls', () => {
  it('ufw, as a new user switches it on: drops both, by the policy of its input chain', () => {
    const warnings = firewallWarnings(parseRuleset(dump('ufw')), question);
    expect(warnings.map(({ code }) => code)).toEqual(['firewall-blocks-tunnel', 'firewall-blocks-port']);
    expect(warnings[0]?.message).toBe(
      'Peers cannot reach services on this device: its firewall (nftables chain ip filter INPUT) drops what arrives ' +
        'through the tunnel. Allow incoming traffic on interface rayfish0 there.',
    );
    expect(warnings[1]?.message).toContain('Allow incoming UDP port 45820 there.');
  });

  it('ufw after the interface and the port were allowed: passes both', () => {
    const rule = (family: string, chain: string, ...expr: Expression[]): unknown => ({
      rule: { family, table: 'filter', chain, expr: [...expr, { accept: null }] },
    });
    const match = (left: Expression, right: unknown): Expression => ({ match: { op: '==', left, right } });
    const allowed = ['ip', 'ip6'].flatMap((family) => {
      const chain = family === 'ip' ? 'ufw-user-input' : 'ufw6-user-input';
      return [
        rule(family, chain, match({ meta: { key: 'iifname' } }, 'rayfish0')),
        rule(family, chain, match({ payload: { protocol: 'udp', field: 'dport' } }, 45820)),
      ];
    });
    const { nftables } = JSON.parse(dump('ufw')) as { nftables: unknown[] };
    expect(codes(JSON.stringify({ nftables: [...nftables, ...allowed] }))).toEqual([]);
  });

  it('a workstation ruleset with sets, verdict maps and jumps', () => {
    const json = dump('workstation');
    expect(codes(json)).toEqual(['firewall-blocks-tunnel', 'firewall-blocks-port']);
    // In the range of the set the jumped-to chain accepts.
    expect(codes(json, { ports: [44000] })).toEqual(['firewall-blocks-tunnel']);
    expect(codes(json, { ports: [9999] })).toEqual(['firewall-blocks-tunnel', 'firewall-blocks-port']);
    expect(codes(json, { tun: 'lo', ports: [] })).toEqual([]);
  });

  it('a zone ruleset: what counts is the interface', () => {
    const json = dump('zones');
    expect(codes(json)).toEqual([]);
    expect(codes(json, { tun: 'tun5' })).toEqual(['firewall-blocks-tunnel']);
    expect(codes(json, { interfaces: ['eth0', 'wlan0'] })).toEqual(['firewall-blocks-port']);
    expect(codes(json, { ports: [1] })).toEqual(['firewall-blocks-port']);
  });

  it('iptables with an allowed port, connection tracking and a final REJECT', () => {
    expect(codes(dump('iptables'))).toEqual(['firewall-blocks-tunnel']);
    expect(codes(dump('iptables'), { ipv6Only: true })).toEqual([]);
  });

  it("Tailscale's drop of 100.64.0.0/10 from other interfaces concerns IPv4 only", () => {
    expect(codes(dump('tailscale'))).toEqual(['firewall-blocks-tunnel']);
    expect(codes(dump('tailscale'), { ipv6Only: true })).toEqual([]);
  });
});

describe('rules', () => {
  /** An input chain of the inet family with that policy and those rules. */
  function ruleset(policy: 'accept' | 'drop', ...rules: Expression[][]): string {
    const place = { family: 'inet', table: 't' };
    const chain = { ...place, name: 'in', type: 'filter', hook: 'input', prio: 0, policy };
    const listed = rules.map((expr) => ({ rule: { ...place, chain: 'in', expr } }));
    return JSON.stringify({ nftables: [{ chain }, ...listed] });
  }
  const tcp = (right: unknown, op = '=='): Expression => ({
    match: { op, left: { payload: { protocol: 'tcp', field: 'dport' } }, right },
  });
  const drop = { drop: null };
  const accept = { accept: null };
  const blocked = ['firewall-blocks-tunnel'];
  const tunnel = { ports: [] };

  it.each<[string, string, string[]]>([
    ['no ruleset at all', JSON.stringify({ nftables: [] }), []],
    ['an empty chain that accepts', ruleset('accept'), []],
    ['an empty chain that drops', ruleset('drop'), blocked],
    ['the first verdict counts', ruleset('accept', [accept], [drop]), []],
    ['a range', ruleset('accept', [tcp({ range: [40000, 50000] }), drop]), blocked],
    ['a range elsewhere', ruleset('accept', [tcp({ range: [1, 1023] }), drop]), []],
    ['an ordering', ruleset('accept', [tcp(1024, '>='), drop]), blocked],
    ['a negation', ruleset('accept', [tcp({ set: [22, 80] }, '!='), drop]), blocked],
    ['a reject', ruleset('accept', [{ reject: { type: 'tcp reset' } }]), blocked],
    [
      'log and limit decide nothing',
      ruleset('accept', [{ limit: { rate: 1, per: 'second' } }, { log: null }, drop]),
      blocked,
    ],
    ['a limit on floods', ruleset('accept', [{ limit: { rate: 9, per: 'second', inv: true } }, drop]), []],
    ['an unknown expression', ruleset('accept', [{ tproxy: {} }, drop]), []],
    [
      'an unknown match, also negated',
      ruleset('accept', [{ match: { op: '!=', left: { osf: {} }, right: 1 } }, drop]),
      [],
    ],
    [
      'a concatenation',
      ruleset('drop', [
        {
          match: {
            op: '==',
            left: { concat: [{ meta: { key: 'iifname' } }, { meta: { key: 'l4proto' } }] },
            right: { set: [{ concat: ['rayfish0', 'tcp'] }] },
          },
        },
        accept,
      ]),
      [],
    ],
  ])('%s', (_name, json, expected) => {
    expect(codes(json, tunnel)).toEqual(expected);
  });

  it('an accept of one base chain leaves the next its say, by priority', () => {
    const place = { family: 'inet', table: 't' };
    const chain = (name: string, prio: number): unknown => ({
      chain: { ...place, name, type: 'filter', hook: 'input', prio, policy: 'accept' },
    });
    const rule = (name: string, verdict: Expression): unknown => ({ rule: { ...place, chain: name, expr: [verdict] } });
    const nftables = [chain('late', 10), chain('early', -10), rule('early', accept), rule('late', drop)];
    const [warning] = firewallWarnings(parseRuleset(JSON.stringify({ nftables })), { ...question, ports: [] });
    expect(warning?.message).toContain('chain inet t late');
  });
});

describe('checkFirewall', () => {
  const answering = (run: Runner['run']): Runner => ({
    run,
    follow: () => {
      throw new Error('not used');
    },
  });

  it('has nothing to say without nft, or where it is not understood', async () => {
    const missing = answering(() => Promise.reject(new CommandMissing('nft')));
    expect(await checkFirewall(missing, question)).toEqual([]);
    const other = answering(() => Promise.resolve({ code: 0, stdout: 'what?', stderr: '' }));
    expect(await checkFirewall(other, question)).toEqual([]);
  });
});
