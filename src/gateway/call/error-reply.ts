import { GatewayError } from "../../chat/error.ts";
import type { Json, JsonObject } from "../../chat/json.ts";
import type { WireFormat } from "../../formats/wire-format.ts";
import { HeaderMap } from "../../framing/header-map.ts";
import type { Reply } from "./reply.ts";

/**
 * An error in the caller's own dialect, with the request id. Statuses that say the upstream could
 * not be reached also carry `message`, which clients of plain proxies read.
 */
export function errorReply(error: GatewayError, format: WireFormat, requestId: string): Reply {
  const wire = format.encodeError(error, requestId);
  const isUnreachable = error.status >= 502 && error.status <= 504;
  return jsonReply(error, isUnreachable ? { message: error.message, ...wire } : wire);
}

/**
 * An error of the gateway itself, where no LLM dialect is known: `{message, request_id}`, and the
 * members of `format` for clients that most likely speak it; `members` are the caller's own.
 */
export function plainErrorReply(
  error: GatewayError,
  requestId: string,
  format?: WireFormat,
  members?: JsonObject,
): Reply {
  const wire = format?.encodeError(error, requestId);
  const plain = { message: error.message, request_id: requestId };
  return jsonReply(error, { ...members, ...plain, ...wire });
}

/** What any thrown thing means to a client; what is not a `GatewayError` is our own fault and says no more. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown;
  return new GatewayError("internal", "An unexpected error occurred", { cause: thrown });
}

function jsonReply(error: GatewayError, wire: Json): Reply {
  const headers = HeaderMap.of([["content-type", "application/json; charset=utf-8"]]);
  if (error.retryAfterMs !== undefined) {
    headers.set("retry-after", String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))));
  }
  // Clients take a 502 for a passing fault, and a key does not become good by being sent again.
  if (error.code === "upstream_auth_failed") headers.set("x-should-retry", "false");
  // The rest of the body is still on its way, and nobody will read it.
  if (error.code === "body_too_large" || error.code === "request_timeout") {
    headers.set("connection", "close");
  }
  const bytes = new TextEncoder().encode(JSON.stringify(wire));
  return { status: error.status, headers, body: { type: "whole", bytes } };
}
