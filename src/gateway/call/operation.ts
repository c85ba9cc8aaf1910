import { GatewayError } from "../../chat/error.ts";
import type { JsonObject } from "../../chat/json.ts";
import { LEAST_REQUESTS, type RouteType } from "../../providers/operations.ts";
import { isCommonFormat } from "./client-format.ts";
import type { Prompt } from "./prompt.ts";

/**
 * Throws `invalid_request` for a request that asks for nothing. The sentences here are the reference's,
 * word for word: programs match on them.
 */
export function checkHasPrompt({ format, wire }: Prompt): void {
  const asks = isCommonFormat(format) ? asksForAnything(wire) : format.intent.hasPrompt(wire);
  if (!asks)
    throw new GatewayError("invalid_request", "request body doesn't contain valid prompts");
}

function asksForAnything(wire: JsonObject): boolean {
  // Beside a prompt that is none, an input makes no request of another kind.
  let isAlone = true;
  for (const { member, isEnough, yields } of LEAST_REQUESTS) {
    const value = wire[member] ?? null;
    if (value === null) continue;
    if (isEnough(value) && (isAlone || !yields)) return true;
    isAlone = false;
  }
  return false;
}

/** The operation that a request in the common dialect asks for; where two would do, the first. */
export function askedOperation({ wire }: Prompt): RouteType | undefined {
  return LEAST_REQUESTS.find(({ member }) => (wire[member] ?? null) !== null)?.routeType;
}

/** Throws `invalid_request` when the request is of another kind than `routeType`. */
export function checkOperation({ format, wire }: Prompt, routeType: RouteType): void {
  // In a vendor's own dialect it is the path that tells.
  if (!isCommonFormat(format)) return;
  let asked: RouteType | undefined;
  for (const { member, yields, routeType: other } of LEAST_REQUESTS) {
    if ((wire[member] ?? null) === null) continue;
    if (asked !== undefined && !yields) {
      throw new GatewayError("invalid_request", "request matches multiple LLM request formats");
    }
    asked ??= other;
  }
  if (asked !== routeType) {
    throw new GatewayError(
      "invalid_request",
      `[${asked}] message format is not compatible with [${routeType}] route type`,
    );
  }
}
