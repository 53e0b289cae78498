/** Whether one expression of a rule holds for a packet. What is not understood does not hold. */
import { covers, parsePrefix } from '../prefix.js';
import type { Expression } from './ruleset.js';

/** The first packet of a flow, as a firewall sees it arrive; null: could be anything, so no rule matches on it. */
export interface Packet {
  iifname: string;
  family: 4 | 6;
  protocol: 'tcp' | 'udp';
  destinationPort: number;
  source: string | null;
  destination: string | null;
}

/** Elements of a set of the table the rule is in. */
export type NamedSet = (name: string) => unknown[];

/** Whether a `match` statement holds. */
export function holds(match: unknown, packet: Packet, named: NamedSet): boolean {
  if (!isRecord(match)) return false;
  const value = valueOf(match['left'], packet);
  if (value === null) return false;
  switch (match['op']) {
    case '==':
    case 'in':
      return includes(match['right'], value, named);
    case '!=':
      return !includes(match['right'], value, named);
    case '<':
    case '>':
    case '<=':
    case '>=':
      return compare(match['op'], value, match['right']);
    default:
      return false;
  }
}

/** What a verdict map gives for the packet: the verdict statement, or null. */
export function lookUp(vmap: unknown, packet: Packet, named: NamedSet): Expression | null {
  if (!isRecord(vmap)) return null;
  const value = valueOf(vmap['key'], packet);
  if (value === null) return null;
  for (const element of elementsOf(vmap['data'], named)) {
    if (!Array.isArray(element)) continue;
    const [key, verdict] = element as unknown[];
    if (isRecord(verdict) && includes(unwrapped(key), value, named)) return verdict;
  }
  return null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** One value, or several of a concatenation. */
type Value = string | number | Value[];

/** The packet's value of a `meta`, `ct`, `payload`, `fib` or `concat` expression; null when unknown. */
function valueOf(expression: unknown, packet: Packet): Value | null {
  if (!isRecord(expression)) return null;
  const [kind, body] = Object.entries(expression)[0] ?? [];
  if (kind === 'concat' && Array.isArray(body)) {
    const parts = (body as unknown[]).map((part) => valueOf(part, packet));
    return parts.every((part) => part !== null) ? parts : null;
  }
  if (!isRecord(body)) return null;
  switch (kind) {
    case 'meta':
      return metaOf(body['key'], packet);
    case 'ct':
      return body['key'] === 'state' ? 'new' : null;
    case 'fib':
      return body['result'] === 'type' && String(body['flags']) === 'daddr' ? 'local' : null;
    case 'payload':
      return fieldOf(body['protocol'], body['field'], packet);
    default:
      return null;
  }
}

function metaOf(key: unknown, packet: Packet): Value | null {
  switch (key) {
    case 'iifname':
    case 'iif':
      return packet.iifname;
    case 'nfproto':
      return packet.family === 4 ? 'ipv4' : 'ipv6';
    case 'protocol':
      return packet.family === 4 ? 'ip' : 'ip6';
    case 'l4proto':
      return packet.protocol;
    case 'pkttype':
      return 'host';
    default:
      return null;
  }
}

function fieldOf(protocol: unknown, field: unknown, packet: Packet): Value | null {
  if (protocol === packet.protocol || protocol === 'th') return field === 'dport' ? packet.destinationPort : null;
  if (protocol !== (packet.family === 4 ? 'ip' : 'ip6')) return null;
  switch (field) {
    case 'saddr':
      return packet.source;
    case 'daddr':
      return packet.destination;
    case 'protocol':
    case 'nexthdr':
      return packet.protocol;
    default:
      return null;
  }
}

/** Whether the right side names the value: itself, a range, a prefix, a wildcard, a list or a set with it. */
function includes(right: unknown, value: Value, named: NamedSet): boolean {
  if (Array.isArray(right)) return (right as unknown[]).some((element) => includes(unwrapped(element), value, named));
  if (typeof right === 'number' || typeof right === 'string') return equals(right, value, named);
  if (!isRecord(right)) return false;
  if ('set' in right) return elementsOf(right, named).some((element) => includes(unwrapped(element), value, named));
  if (Array.isArray(right['concat'])) {
    const parts = right['concat'] as unknown[];
    return Array.isArray(value) && parts.every((part, at) => includes(part, value[at] ?? '', named));
  }
  if (Array.isArray(right['range'])) {
    const [low, high] = right['range'] as unknown[];
    return compare('>=', value, low) && compare('<=', value, high);
  }
  if (isRecord(right['prefix'])) {
    const { addr, len } = right['prefix'];
    const outer = parsePrefix(`${String(addr)}/${String(len)}`);
    const inner = parsePrefix(String(value));
    return outer !== null && inner !== null && covers(outer, inner);
  }
  return false;
}

function equals(right: string | number, value: Value, named: NamedSet): boolean {
  if (typeof right === 'string' && right.startsWith('@')) {
    return named(right.slice(1)).some((element) => includes(unwrapped(element), value, named));
  }
  if (typeof right === 'string' && right.endsWith('*')) return String(value).startsWith(right.slice(0, -1));
  return right === value || right === protocolNumbers.get(String(value)) || String(right) === String(value);
}

function compare(op: '<' | '>' | '<=' | '>=', value: Value, right: unknown): boolean {
  const [a, b] = [ordinal(value), ordinal(right)];
  if (a === null || b === null) return false;
  if (op === '<') return a < b;
  if (op === '>') return a > b;
  return op === '<=' ? a <= b : a >= b;
}

function ordinal(value: unknown): bigint | null {
  if (typeof value === 'number') return BigInt(value);
  return typeof value === 'string' ? (parsePrefix(value)?.network ?? null) : null;
}

function elementsOf(data: unknown, named: NamedSet): unknown[] {
  if (typeof data === 'string' && data.startsWith('@')) return named(data.slice(1));
  const set = isRecord(data) ? data['set'] : data;
  return Array.isArray(set) ? (set as unknown[]) : [set];
}

/** An element with a timeout, comment or counter wraps its value. */
function unwrapped(element: unknown): unknown {
  return isRecord(element) && isRecord(element['elem']) ? element['elem']['val'] : element;
}

const protocolNumbers = new Map([
  ['tcp', 6],
  ['udp', 17],
]);
