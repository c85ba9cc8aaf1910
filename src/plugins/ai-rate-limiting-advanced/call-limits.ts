import { GatewayError } from "../../chat/error.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import type { Refusal } from "../../gateway/call/admission.ts";
import type { Call } from "../../gateway/call/call.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import type { Charge, Claim, Counters, Grant, Standing } from "../../limits/counters.ts";
import { windowName } from "../../limits/window.ts";
import { type Limit, shown, shownLimit } from "./limit.ts";
import type { RateLimitOptions } from "./options.ts";

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

/** Asks all limits in one step. */
export async function ask(
  counters: Counters,
  limits: readonly CallLimit[],
  amounts: readonly number[],
  nowMs: number,
): Promise<{ readonly granted: boolean; readonly asked: readonly AskedLimit[] }> {
  const claimed = counters.claim(
    limits.map((limit, at) => claimOf(limit, amounts[at] ?? 0)),
    nowMs,
  );
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

/** The refusal of a call, whose limits are used up. The body is the same whatever the client speaks. */
export function refusal(
  { id }: Call,
  options: RateLimitOptions,
  limits: readonly AskedLimit[],
): Refusal {
  const usedUp = limits.filter(isUsedUp);
  const labels = [...new Set(usedUp.map(({ limit }) => limit.label))].join(", ");
  const message = options.error_message + (options.error_hide_providers ? "" : labels);
  const waitSeconds = Math.max(1, ...usedUp.map(({ standing }) => standing.waitSeconds ?? 1));
  const jitterSeconds = Math.floor(Math.random() * (options.retry_after_jitter_max + 1));
  const headers = HeaderMap.of([["content-type", "application/json; charset=utf-8"]]);
  if (!options.hide_client_headers) writeLimits(headers, limits, true);
  headers.set("X-AI-RateLimit-Reset", String(waitSeconds));
  headers.set("X-AI-RateLimit-Retry-After", String(waitSeconds + jitterSeconds));
  headers.set("Retry-After", String(waitSeconds + jitterSeconds));
  // Money does not come back by being asked again.
  if (usedUp.some(({ limit }) => limit.measure === "cost")) headers.set("x-should-retry", "false");
  const bytes = new TextEncoder().encode(JSON.stringify({ message, request_id: id }));
  const reply: Reply = { status: options.error_code, headers, body: { type: "whole", bytes } };
  return { reply, error: new GatewayError("rate_limited", message) };
}
