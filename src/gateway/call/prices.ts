import type { ModelOptions } from "../../providers/provider.ts";
import type { Prices } from "../../telemetry/cost.ts";

const known = new WeakMap<ModelOptions, Prices>();

/** The prices of a target's options, in the form that `cost` takes. */
export function pricesOf(options: ModelOptions): Prices {
  const cached = known.get(options);
  if (cached) return cached;
  const prices = readPrices(options);
  known.set(options, prices);
  return prices;
}

function readPrices(options: ModelOptions): Prices {
  const { cache_write_cost_list, context_window_factor, service_tier_factor } = options;
  return {
    ...(options.input_cost !== undefined && { input: options.input_cost }),
    ...(options.output_cost !== undefined && { output: options.output_cost }),
    ...(options.cache_read_cost !== undefined && { cacheRead: options.cache_read_cost }),
    ...(options.cache_write_cost !== undefined && { cacheWrite: options.cache_write_cost }),
    ...(cache_write_cost_list && { cacheWriteByTtl: cache_write_cost_list }),
    ...(context_window_factor && {
      contextWindowFactors: context_window_factor.map((factor) => ({
        above: tokenCount(factor.above),
        input: factor.input_factor,
        output: factor.output_factor,
      })),
    }),
    ...(service_tier_factor && { serviceTierFactors: service_tier_factor }),
  };
}

const MULTIPLIERS: Readonly<Record<string, number>> = { k: 1_000, m: 1_000_000 };

/** `200000`, `200_000`, `200k` and `1M` as a number of tokens; `Infinity` for anything else. */
export function tokenCount(text: string): number {
  const [, digits, unit] = /^([0-9][0-9_]*(?:\.[0-9]+)?)\s*([kKmM]?)$/.exec(text.trim()) ?? [];
  if (digits === undefined) return Number.POSITIVE_INFINITY;
  return Number(digits.replaceAll("_", "")) * (MULTIPLIERS[unit?.toLowerCase() ?? ""] ?? 1);
}
