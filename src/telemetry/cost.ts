import type { Usage } from "../chat/usage.ts";

/** Prices per 1,000,000 tokens, in any currency; absent means unset. */
export interface Prices {
  readonly input?: number;
  readonly output?: number;
  readonly cacheRead?: number;
  readonly cacheWrite?: number;
  readonly cacheWriteByTtl?: readonly { readonly ttl: string; readonly cost: number }[];
  readonly contextWindowFactors?: readonly {
    readonly above: number;
    readonly input: number;
    readonly output: number;
  }[];
  readonly serviceTierFactors?: readonly { readonly tier: string; readonly factor: number }[];
}

const TOKENS_PER_PRICE = 1_000_000;

/**
 * What one call cost, in the currency of the prices, in full double precision. A price that is not
 * set counts nothing, except that a cache price that is not set is the fresh input price.
 */
export function cost(usage: Usage, prices: Prices): number {
  const input = inputCost(usage, prices);
  const output = usage.completionTokens * (prices.output ?? 0);
  const window = contextWindowFactor(usage.promptTokens, prices);
  const tier = serviceTierFactor(usage.serviceTier, prices);
  if (!window) return ((input + output) * tier) / TOKENS_PER_PRICE;
  return ((input * window.input + output * window.output) * tier) / TOKENS_PER_PRICE;
}

function inputCost(usage: Usage, prices: Prices): number {
  const fresh = prices.input ?? 0;
  const read = usage.cachedTokens ?? 0;
  let written = 0;
  let sum = read * (prices.cacheRead ?? fresh);
  for (const ttl in usage.cacheWriteTokens) {
    const tokens = usage.cacheWriteTokens[ttl] ?? 0;
    written += tokens;
    sum += tokens * cacheWritePrice(ttl, prices);
  }
  // A vendor whose parts exceed its own total must not earn the caller a refund.
  return sum + Math.max(0, usage.promptTokens - read - written) * fresh;
}

function cacheWritePrice(ttl: string, prices: Prices): number {
  const byTtl = prices.cacheWriteByTtl?.find((entry) => entry.ttl === ttl)?.cost;
  return byTtl ?? prices.cacheWrite ?? prices.input ?? 0;
}

/** The entry with the largest threshold that the prompt exceeds. */
function contextWindowFactor(promptTokens: number, prices: Prices) {
  let best: NonNullable<Prices["contextWindowFactors"]>[number] | undefined;
  for (const entry of prices.contextWindowFactors ?? []) {
    if (entry.above < promptTokens && (!best || entry.above > best.above)) best = entry;
  }
  return best;
}

/** The longest entry whose word stands in the reported tier; none means 1. */
function serviceTierFactor(reported: string | undefined, prices: Prices): number {
  if (reported === undefined || !prices.serviceTierFactors) return 1;
  const tier = reported.toLowerCase();
  let factor = 1;
  let longest = 0;
  for (const entry of prices.serviceTierFactors) {
    if (entry.tier.length > longest && tierMatches(entry.tier.toLowerCase(), tier)) {
      factor = entry.factor;
      longest = entry.tier.length;
    }
  }
  return factor;
}

// One vendor's word for its priority tier is "fast"; as a part of a longer word it means something else.
const FAST_WORD = /(?:^|[^a-z0-9])fast(?:$|[^a-z0-9])/;

function tierMatches(wanted: string, reported: string): boolean {
  return reported.includes(wanted) || (wanted === "priority" && FAST_WORD.test(reported));
}
