/** What a ruleset does with the first packet of a flow to this host. Pure. */
import { holds, isRecord, lookUp, type NamedSet, type Packet } from './match.js';
import type { Chain, Expression, Ruleset } from './ruleset.js';

/** The chain that drops the packet, by one of its rules or by its policy; null: the packet arrives. */
export function dropping(ruleset: Ruleset, packet: Packet): Chain | null {
  const families = ['inet', packet.family === 4 ? 'ip' : 'ip6'];
  for (const hook of ['prerouting', 'input']) {
    const bases = ruleset.chains
      .filter((chain) => chain.hook === hook && chain.type === 'filter' && families.includes(chain.family))
      .sort((a, b) => a.priority - b.priority);
    for (const base of bases) {
      // An accept ends its base chain only; the next one still has its say.
      const decision = walk(ruleset, base, packet, 0);
      if (decision.verdict === 'drop') return decision.chain;
      if (decision.verdict === 'none' && base.policy === 'drop') return base;
    }
  }
  return null;
}

interface Decision {
  /** `none`: the end of the chain was reached, or a return. */
  verdict: 'accept' | 'drop' | 'none';
  chain: Chain;
}

/** The kernel allows 16 jumps; more here only end a loop that cannot be. */
const deepestJump = 16;

function walk(ruleset: Ruleset, chain: Chain, packet: Packet, depth: number): Decision {
  const none: Decision = { verdict: 'none', chain };
  if (depth > deepestJump) return none;
  const named: NamedSet = (name) => ruleset.elements(chain.family, chain.table, name);
  for (const rule of chain.rules) {
    const statement = verdictOf(rule, packet, named);
    if (statement === null) continue;
    if ('accept' in statement || 'queue' in statement) return { verdict: 'accept', chain };
    if ('drop' in statement || 'reject' in statement) return { verdict: 'drop', chain };
    if ('return' in statement) return none;
    const target = targetOf(statement);
    const next = ruleset.chains.find(
      (other) => other.name === target && other.table === chain.table && other.family === chain.family,
    );
    if (next === undefined) continue;
    const decision = walk(ruleset, next, packet, depth + 1);
    if (decision.verdict !== 'none') return decision;
    if ('goto' in statement) return none;
  }
  return none;
}

/** The verdict statement a rule comes to for the packet; null when it does not match or decides nothing. */
function verdictOf(rule: readonly Expression[], packet: Packet, named: NamedSet): Expression | null {
  for (const expression of rule) {
    const kind = Object.keys(expression)[0] ?? '';
    if (verdicts.has(kind)) return expression;
    if (kind === 'vmap') return lookUp(expression['vmap'], packet, named);
    if (kind === 'match' && !holds(expression['match'], packet, named)) return null;
    if (kind === 'xt') {
      if (isLocalCheck(expression['xt']) && isLenient(rule.at(-1))) continue;
      return rejection(expression['xt']);
    }
    if (kind !== 'match' && (!harmless.has(kind) || isOverrun(expression[kind]))) return null;
  }
  return null;
}

const verdicts = new Set(['accept', 'drop', 'reject', 'return', 'jump', 'goto', 'queue']);
/** They decide nothing, or hold for the first packet. */
const harmless = new Set(['counter', 'log', 'limit', 'quota', 'ct count', 'mangle', 'notrack', 'meter', 'set']);

/** `limit rate over …` holds for a flood, not for the first packet. */
function isOverrun(body: unknown): boolean {
  return isRecord(body) && body['inv'] === true;
}

/**
 * What iptables-nft adds that nft has no words for comes by its name alone. Of the targets only REJECT is a verdict;
 * a match is taken not to hold (conntrack asks for established or invalid nearly always).
 */
function rejection(xt: unknown): Expression | null {
  return isRecord(xt) && xt['type'] === 'target' && xt['name'] === 'REJECT' ? { reject: null } : null;
}

/** ufw lets packets to a local address pass with `addrtype`, then drops all others; ours are to a local address. */
function isLocalCheck(xt: unknown): boolean {
  return isRecord(xt) && xt['type'] === 'match' && xt['name'] === 'addrtype';
}

function isLenient(verdict: Expression | undefined): boolean {
  return verdict !== undefined && ('accept' in verdict || 'return' in verdict);
}

function targetOf(statement: Expression): string | null {
  const jump = statement['jump'] ?? statement['goto'];
  return isRecord(jump) && typeof jump['target'] === 'string' ? jump['target'] : null;
}
