import type { Usage } from "../../chat/usage.ts";
import type { Window } from "../../limits/window.ts";
import { cost, type Prices } from "../../telemetry/cost.ts";
import type { RateLimitOptions } from "./options.ts";

/** What is counted: a figure of a call's usage, or what a function of the configuration makes of it. */
export type Measure = RateLimitOptions["tokens_count_strategy"] | "function";

/** One limit in one window, as it is configured. */
export interface Limit {
  /** As headers and refusals call it: a provider, or a policy by its number. */
  readonly label: string;
  readonly window: Window;
  readonly measure: Measure;
  /** In the unit of its counter. */
  readonly limit: number;
}

/** Counters hold whole numbers: tokens as they are, all that has decimals in 1e-9. */
const FRACTIONS = 1e9;

function scaleOf(measure: Measure): number {
  return measure === "cost" || measure === "function" ? FRACTIONS : 1;
}

/** An amount in the unit of its counter. */
export function counted(amount: number, measure: Measure): number {
  return Math.round(amount * scaleOf(measure));
}

/** An amount of a counter as headers have it: decimals where there are any, no exponent, no padding. */
export function shown(amount: number, measure: Measure): string {
  const scale = scaleOf(measure);
  if (scale === 1 || measure === "function") return String(Math.floor(amount / scale));
  return (Math.floor(amount) / scale).toFixed(9).replace(/\.?0+$/, "");
}

/** What a limit is, as headers have it: as it is written in the configuration. */
export function shownLimit({ limit, measure }: Limit): string {
  return (limit / scaleOf(measure)).toFixed(9).replace(/\.?0+$/, "");
}

/** What a call used of a limit, in the unit of its counter; a function's count is not of this. */
export function measured(measure: Measure, usage: Usage, prices: Prices): number {
  switch (measure) {
    case "total_tokens":
      return usage.totalTokens;
    case "prompt_tokens":
      return usage.promptTokens;
    case "completion_tokens":
      return usage.completionTokens;
    case "cost":
      return counted(cost(usage, prices), measure);
    case "function":
      return 0;
  }
}

export interface ProviderLimits {
  readonly name: string;
  readonly limits: readonly Limit[];
}

/** The limits by provider, as they are configured. */
export function providerLimits(options: RateLimitOptions): readonly ProviderLimits[] {
  return (options.llm_providers ?? []).map(({ name, limit, window_size: sizes }) => {
    const isCustom = name === "requestPrompt" || name === "customCost";
    const measure: Measure = isCustom ? "function" : options.tokens_count_strategy;
    const limits = sizes.map((sizeSeconds, at) => ({
      label: name,
      window: { sizeSeconds, type: options.window_type },
      measure,
      limit: counted(limit[at] ?? 0, measure),
    }));
    return { name, limits };
  });
}
