/** The host's nftables ruleset, as `nft -j list ruleset` prints it (libnftables-json(5)). */
import * as z from 'zod';

/** One statement or expression, e.g. `{ "match": … }` or `{ "accept": null }`. */
export type Expression = Record<string, unknown>;

export interface Chain {
  family: string;
  table: string;
  name: string;
  /** Base chains only: `filter`, and where it hangs (`input`, `prerouting`). */
  type: string | null;
  hook: string | null;
  priority: number;
  /** What becomes of a packet no rule decided on. */
  policy: 'accept' | 'drop';
  rules: Expression[][];
}

export interface Ruleset {
  chains: Chain[];
  /** Elements of a named set or map. */
  elements(family: string, table: string, name: string): unknown[];
}

/** @throws Error (of zod or JSON) when the text is not a ruleset. */
export function parseRuleset(json: string): Ruleset {
  const chains = new Map<string, Chain>();
  const sets = new Map<string, unknown[]>();
  const key = (...parts: string[]): string => parts.join('\n');
  for (const { chain, rule, set, map } of rulesetSchema.parse(JSON.parse(json)).nftables) {
    if (chain !== undefined) {
      const { type = null, hook = null, prio: priority, policy, ...named } = chain;
      const base = { type, hook, priority, policy: policy === 'drop' ? 'drop' : 'accept' } as const;
      chains.set(key(named.family, named.table, named.name), { ...named, ...base, rules: [] });
    }
    // Chains are listed before the rules in them.
    if (rule !== undefined) chains.get(key(rule.family, rule.table, rule.chain))?.rules.push(rule.expr);
    const named = set ?? map;
    if (named !== undefined) sets.set(key(named.family, named.table, named.name), named.elem);
  }
  return {
    chains: [...chains.values()],
    elements: (family, table, name) => sets.get(key(family, table, name)) ?? [],
  };
}

const place = { family: z.string(), table: z.string() };

const setSchema = z.object({ ...place, name: z.string(), elem: z.array(z.unknown()).default([]) });

const rulesetSchema = z.object({
  nftables: z.array(
    z.object({
      chain: z
        .object({
          ...place,
          name: z.string(),
          type: z.string().optional(),
          hook: z.string().optional(),
          prio: z.number().default(0),
          policy: z.string().optional(),
        })
        .optional(),
      rule: z
        .object({ ...place, chain: z.string(), expr: z.array(z.record(z.string(), z.unknown())).default([]) })
        .optional(),
      set: setSchema.optional(),
      map: setSchema.optional(),
    }),
  ),
});
