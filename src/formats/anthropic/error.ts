import { type ErrorCode, errorCodeForStatus, GatewayError } from "../../chat/error.ts";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { SseEvent } from "../../framing/sse.ts";
import { decodeOpenAiError } from "../error-object.ts";

/** Whether clients take a stream's event for an error: they go by its name. */
export function tellsAnthropicError({ event }: SseEvent): boolean {
  return event === "error";
}

/** Longest vendor message that is passed on, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 2048;

/**
 * `{type: "error", error: {type, message}}` (https://platform.claude.com/docs/en/api/errors). Other
 * shapes, as clouds and proxies before the API write them, are read as those of any vendor.
 */
export function decodeAnthropicError(status: number, body: unknown): GatewayError {
  const error = isJsonObject(body) && isJsonObject(body.error) ? body.error : undefined;
  if (!error || typeof error.type !== "string" || typeof error.message !== "string") {
    return decodeOpenAiError(status, body);
  }
  const code = status >= 400 ? errorCodeForStatus(status) : (CODES[error.type] ?? "upstream_error");
  const details = isJsonObject(error.details) ? error.details : {};
  return new GatewayError(code, error.message.slice(0, MAX_MESSAGE_LENGTH), {
    ...(status >= 400 && { status }),
    vendor: {
      type: error.type,
      ...(typeof details.error_code === "string" && { code: details.error_code }),
    },
  });
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  invalid_request_error: "invalid_request",
  authentication_error: "unauthenticated",
  billing_error: "permission_denied",
  permission_error: "permission_denied",
  not_found_error: "not_found",
  conflict_error: "conflict",
  request_too_large: "body_too_large",
  rate_limit_error: "rate_limited",
  timeout_error: "upstream_timeout",
  api_error: "upstream_error",
  overloaded_error: "upstream_overloaded",
};

export function encodeAnthropicError(error: GatewayError, requestId: string): JsonObject {
  return { ...encodeAnthropicStreamError(error), request_id: requestId };
}

/** What the `error` event of a stream holds. */
export function encodeAnthropicStreamError(error: GatewayError): JsonObject {
  const own = error.vendor?.type;
  // Other vendors have some of these words too, for other things.
  const isOwn = own !== undefined && Object.hasOwn(CODES, own) && CODES[own] === error.code;
  const type = isOwn ? own : WORDS[error.code];
  return { type: "error", error: { type, message: error.message } };
}

const WORDS = {
  invalid_request: "invalid_request_error",
  unauthenticated: "authentication_error",
  permission_denied: "permission_error",
  not_found: "not_found_error",
  method_not_allowed: "invalid_request_error",
  request_timeout: "timeout_error",
  conflict: "conflict_error",
  body_too_large: "request_too_large",
  unsupported_media_type: "invalid_request_error",
  unprocessable: "invalid_request_error",
  budget_exhausted: "billing_error",
  rate_limited: "rate_limit_error",
  client_aborted: "invalid_request_error",
  internal: "api_error",
  upstream_error: "api_error",
  upstream_bad_response: "api_error",
  upstream_credentials: "api_error",
  upstream_auth_failed: "api_error",
  upstream_connect_failed: "api_error",
  upstream_dns: "api_error",
  upstream_tls: "api_error",
  upstream_reset: "api_error",
  upstream_truncated: "api_error",
  upstream_redirect: "api_error",
  upstream_overloaded: "overloaded_error",
  unavailable: "overloaded_error",
  draining: "overloaded_error",
  upstream_connect_timeout: "timeout_error",
  upstream_timeout: "timeout_error",
  upstream_stalled: "timeout_error",
} as const satisfies Record<ErrorCode, string>;
