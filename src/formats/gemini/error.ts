import { type ErrorCode, errorCodeForStatus, GatewayError } from "../../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";

/** Longest vendor message that is passed on, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 2048;

/**
 * https://cloud.google.com/apis/design/errors: `{error: {code, message, status, details}}`, alone or
 * as the only element of an array. Text and HTML bodies are never repeated.
 */
export function decodeError(status: number, body: unknown): GatewayError {
  const wire = Array.isArray(body) ? body[0] : body;
  const error = isJsonObject(wire) && isJsonObject(wire.error) ? wire.error : undefined;
  if (!error) return unreadableError(status, body);
  const details = Array.isArray(error.details) ? error.details.filter(isJsonObject) : [];
  const reason = wordOf(details, "reason");
  const retryAfterMs = retryDelayMs(details);
  const param = fieldOf(details);
  const message =
    typeof error.message === "string" ? error.message : "error reply without a message";
  return new GatewayError(codeOf(status, error, reason), message.slice(0, MAX_MESSAGE_LENGTH), {
    ...(status >= 400 && { status }),
    vendor: {
      ...(typeof error.status === "string" && { type: error.status }),
      ...(reason !== undefined && { code: reason }),
      ...(param !== undefined && { param }),
    },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

function unreadableError(status: number, body: unknown): GatewayError {
  const empty = body === undefined || body === null || body === "";
  const code = status >= 400 ? errorCodeForStatus(status) : "upstream_bad_response";
  const message = `${empty ? "empty" : "unreadable"} reply (status ${status})`;
  return new GatewayError(code, message, status >= 400 ? { status } : {});
}

/** A wrong key is a 400 here, told from other bad requests only by its reason. */
function codeOf(status: number, error: JsonObject, reason: string | undefined): ErrorCode {
  if (reason === "API_KEY_INVALID") return "unauthenticated";
  if (status >= 400) return errorCodeForStatus(status);
  const word = typeof error.status === "string" ? STATUS_CODES[error.status] : undefined;
  if (word) return word;
  const { code } = error;
  return typeof code === "number" && code >= 400 ? errorCodeForStatus(code) : "upstream_error";
}

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const STATUS_CODES: Readonly<Record<string, ErrorCode>> = {
  INVALID_ARGUMENT: "invalid_request",
  FAILED_PRECONDITION: "invalid_request",
  OUT_OF_RANGE: "invalid_request",
  UNAUTHENTICATED: "unauthenticated",
  PERMISSION_DENIED: "permission_denied",
  NOT_FOUND: "not_found",
  ALREADY_EXISTS: "conflict",
  ABORTED: "conflict",
  RESOURCE_EXHAUSTED: "rate_limited",
  UNAVAILABLE: "upstream_overloaded",
  DEADLINE_EXCEEDED: "upstream_timeout",
  INTERNAL: "upstream_error",
  UNKNOWN: "upstream_error",
};

function wordOf(details: readonly JsonObject[], key: string): string | undefined {
  const value = details.find((detail) => typeof detail[key] === "string")?.[key];
  return typeof value === "string" ? value : undefined;
}

/** `google.rpc.RetryInfo`: seconds with up to nine fractional digits and an `s`. */
function retryDelayMs(details: readonly JsonObject[]): number | undefined {
  const delay = wordOf(details, "retryDelay");
  if (delay === undefined || !delay.endsWith("s")) return undefined;
  const seconds = Number(delay.slice(0, -1));
  return seconds >= 0 ? Math.ceil(seconds * 1000) : undefined;
}

function fieldOf(details: readonly JsonObject[]): string | undefined {
  for (const { fieldViolations } of details) {
    const violations: readonly Json[] = Array.isArray(fieldViolations) ? fieldViolations : [];
    const field = violations.filter(isJsonObject)[0]?.field;
    if (typeof field === "string" && field !== "") return field;
  }
  return undefined;
}

/** The request id is told as `google.rpc.RequestInfo`. */
export function encodeError(error: GatewayError, requestId: string): JsonObject {
  const info = { "@type": "type.googleapis.com/google.rpc.RequestInfo", requestId };
  return { error: { ...encodeStreamError(error), details: [...reasonOf(error), info] } };
}

export function encodeStreamError(error: GatewayError): JsonObject {
  const own = error.vendor?.type;
  const status = own !== undefined && Object.hasOwn(STATUS_CODES, own) ? own : WORDS[error.code];
  return { code: error.status, message: error.message, status };
}

function reasonOf(error: GatewayError): readonly JsonObject[] {
  const reason = error.vendor?.code;
  if (reason === undefined) return [];
  return [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason }];
}

const WORDS = {
  invalid_request: "INVALID_ARGUMENT",
  unauthenticated: "UNAUTHENTICATED",
  permission_denied: "PERMISSION_DENIED",
  not_found: "NOT_FOUND",
  method_not_allowed: "UNIMPLEMENTED",
  request_timeout: "DEADLINE_EXCEEDED",
  conflict: "ABORTED",
  body_too_large: "INVALID_ARGUMENT",
  unsupported_media_type: "INVALID_ARGUMENT",
  unprocessable: "INVALID_ARGUMENT",
  budget_exhausted: "RESOURCE_EXHAUSTED",
  rate_limited: "RESOURCE_EXHAUSTED",
  client_aborted: "CANCELLED",
  internal: "INTERNAL",
  upstream_error: "INTERNAL",
  upstream_bad_response: "INTERNAL",
  upstream_credentials: "INTERNAL",
  upstream_auth_failed: "INTERNAL",
  upstream_connect_failed: "UNAVAILABLE",
  upstream_dns: "UNAVAILABLE",
  upstream_tls: "UNAVAILABLE",
  upstream_reset: "UNAVAILABLE",
  upstream_truncated: "UNAVAILABLE",
  upstream_redirect: "UNAVAILABLE",
  upstream_overloaded: "UNAVAILABLE",
  unavailable: "UNAVAILABLE",
  draining: "UNAVAILABLE",
  upstream_connect_timeout: "DEADLINE_EXCEEDED",
  upstream_timeout: "DEADLINE_EXCEEDED",
  upstream_stalled: "DEADLINE_EXCEEDED",
} as const satisfies Record<ErrorCode, string>;
