import type { Usage } from "../chat/usage.ts";
import type { HeaderMap } from "../framing/header-map.ts";
import type { Charge, Claim, Counters, Grant, Lease, Standing } from "../limits/counters.ts";
import { type Window, windowName } from "../limits/window.ts";
import { cost, type Prices } from "../telemetry/cost.ts";

/** What is counted: a figure of a call's usage, or what a function of the configuration makes of it. */
export type Measure =
  | "total_tokens"
  | "prompt_tokens"
  | "completion_tokens"
  | "cost"
  | "calls"
  | "function";

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
    case "calls":
      return 1;
    case "function":
      return 0;
  }
}

/** A limit, with the counter that this call is counted in. */
export interface CallLimit extends Limit {
  readonly key: string;
}

/** A limit that was asked, and how it stood. */
export interface AskedLimit {
  readonly limit: CallLimit;
  readonly standing: Standing;
  /** What was taken of it before the call. */
  readonly taken: number;
}

export function claimOf(limit: CallLimit, amount: number): Claim {
  return { key: limit.key, window: limit.window, limit: limit.limit, amount };
}

export function chargeOf({ key, window }: CallLimit, amount: number, atMs: number): Charge {
  return { key, window, amount, atMs };
}

/** The limits with how they stand, in the order they were asked. */
export function asked(
  limits: readonly CallLimit[],
  amounts: readonly number[],
  { standings }: Grant,
): readonly AskedLimit[] {
  return limits.map((limit, at) => ({
    limit,
    standing: standings[at] ?? { used: 0, waitSeconds: undefined },
    taken: amounts[at] ?? 0,
  }));
}

/** What a call wants of its limits. */
export interface Wanted {
  readonly limits: readonly CallLimit[];
  /** In their order; nothing where it is only asked how they stand. */
  readonly amounts?: readonly number[];
  /** Without one what is taken is counted for good. */
  readonly lease?: Lease | undefined;
}

/** Asks all limits in one step. */
export async function ask(
  counters: Counters,
  { limits, amounts = [], lease }: Wanted,
  nowMs: number,
): Promise<{ readonly granted: boolean; readonly asked: readonly AskedLimit[] }> {
  const claims = limits.map((limit, at) => claimOf(limit, amounts[at] ?? 0));
  const claimed = counters.claim(claims, nowMs, lease);
  const grant = claimed instanceof Promise ? await claimed : claimed;
  return { granted: grant.granted, asked: asked(limits, amounts, grant) };
}

export function isUsedUp({ standing }: AskedLimit): boolean {
  return standing.waitSeconds !== undefined;
}

/** Writes how each limit stood before this call is counted; for a refusal, when to come again. */
export function writeLimits(
  headers: HeaderMap,
  limits: readonly AskedLimit[],
  isRefusal: boolean,
): void {
  for (const { limit, standing, taken } of limits) {
    const name = `${windowName(limit.window)}-${limit.label}`;
    const left = Math.max(0, limit.limit - standing.used - taken);
    headers.set(`X-AI-RateLimit-Limit-${name}`, shownLimit(limit));
    headers.set(`X-AI-RateLimit-Remaining-${name}`, shown(left, limit.measure));
    if (!isRefusal || standing.waitSeconds === undefined) continue;
    headers.set(`X-AI-RateLimit-Reset-${name}`, String(standing.waitSeconds));
    headers.set(`X-AI-RateLimit-Retry-After-${name}`, String(standing.waitSeconds));
  }
}
