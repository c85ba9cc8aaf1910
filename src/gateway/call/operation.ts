import { GatewayError } from "../../chat/error.ts";
import type { JsonObject } from "../../chat/json.ts";
import { LEAST_REQUESTS, type RouteType } from "../../providers/operations.ts";

/**
 * Whether a request in OpenAI's shape asks for anything. The sentences here are the reference's,
 * word for word: programs match on them.
 */
export function checkHasPrompt(wire: JsonObject): void {
  // Beside a prompt that is none, an input makes no request of another kind.
  let isAlone = true;
  for (const { member, isEnough, yields } of LEAST_REQUESTS) {
    const value = wire[member] ?? null;
    if (value === null) continue;
    if (isEnough(value) && (isAlone || !yields)) return;
    isAlone = false;
  }
  throw new GatewayError("invalid_request", "request body doesn't contain valid prompts");
}

/** Throws `invalid_request` when the request is of another kind than `routeType`. */
export function checkOperation(wire: JsonObject, routeType: RouteType): void {
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
