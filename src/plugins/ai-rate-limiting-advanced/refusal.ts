import { GatewayError } from "../../chat/error.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import type { Refusal } from "../../gateway/call/admission.ts";
import type { Call } from "../../gateway/call/call.ts";
import type { Reply } from "../../gateway/call/reply.ts";
import { type AskedLimit, isUsedUp, writeLimits } from "../usage-limit.ts";
import type { RateLimitOptions } from "./options.ts";

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
