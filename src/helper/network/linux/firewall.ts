/** Whether the host's own firewall drops what peers send. It is read, never changed. */
import type { Warning } from '../../../shared/status.js';
import type { Runner } from '../runner.js';
import { dropping } from './evaluate.js';
import type { Packet } from './match.js';
import { parseRuleset, type Chain, type Ruleset } from './ruleset.js';

export interface FirewallQuestion {
  /** Our tunnel device. */
  tun: string;
  /** UDP ports the endpoint listens on. */
  ports: readonly number[];
  /** Interfaces by which peers may reach those ports. */
  interfaces: readonly string[];
  ipv6Only: boolean;
}

/** Reads the ruleset and warns of what it drops; nothing where there is no nftables or it cannot be read. */
export async function checkFirewall(runner: Runner, question: FirewallQuestion): Promise<Warning[]> {
  try {
    const result = await runner.run('nft', ['-j', 'list', 'ruleset']);
    return result.code === 0 ? firewallWarnings(parseRuleset(result.stdout), question) : [];
  } catch {
    // A hint to the owner: a ruleset we cannot read is no reason for anything else to fail.
    return [];
  }
}

/** At most one warning for the tunnel and one for each port. Pure. */
export function firewallWarnings(ruleset: Ruleset, question: FirewallQuestion): Warning[] {
  const families = question.ipv6Only ? ([6] as const) : ([4, 6] as const);
  const warnings: Warning[] = [];
  const inside = first(families, (family) => dropping(ruleset, tunnelPacket(question.tun, family)));
  if (inside !== null) {
    const message =
      `Peers cannot reach services on this device: its firewall (${named(inside)}) drops what arrives through the ` +
      `tunnel. Allow incoming traffic on interface ${question.tun} there.`;
    warnings.push({ code: 'firewall-blocks-tunnel', message, interface: question.tun, sticky: false });
  }
  for (const port of question.ports) {
    const found = first(question.interfaces, (name) => {
      const chain = first([4, 6] as const, (family) => dropping(ruleset, outerPacket(name, port, family)));
      return chain === null ? null : { name, chain };
    });
    if (found === null) continue;
    const message =
      `Connections may take longer or use a relay: this device’s firewall (${named(found.chain)}) drops incoming ` +
      `UDP on port ${port} at ${found.name}. Allow incoming UDP port ${port} there.`;
    warnings.push({ code: 'firewall-blocks-port', message, interface: found.name, sticky: false });
  }
  return warnings;
}

/** A port no rule is likely to name: services in general, not one that happens to be allowed. */
const anyPort = 47_113;

function tunnelPacket(tun: string, family: 4 | 6): Packet {
  const [source, destination] = family === 4 ? ['100.64.0.2', '100.64.0.3'] : ['200::2', '200::3'];
  return { iifname: tun, family, protocol: 'tcp', destinationPort: anyPort, source, destination };
}

function outerPacket(iifname: string, port: number, family: 4 | 6): Packet {
  return { iifname, family, protocol: 'udp', destinationPort: port, source: null, destination: null };
}

function named(chain: Chain): string {
  return `nftables chain ${chain.family} ${chain.table} ${chain.name}`;
}

/** The first answer that is not null. */
function first<T, R>(list: readonly T[], ask: (entry: T) => R | null): R | null {
  for (const entry of list) {
    const answer = ask(entry);
    if (answer !== null) return answer;
  }
  return null;
}
