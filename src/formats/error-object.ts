import { type ErrorCode, errorCodeForStatus, GatewayError } from "../chat/error.ts";
import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import type { ChatResponse } from "../chat/response.ts";

/** Longest vendor message that is passed on, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 2048;

/**
 * An error in OpenAI's shape, `{error: {message, type, param, code}}`
 * (https://platform.openai.com/docs/guides/error-codes), or in a shape that servers compatible with
 * it use: a bare string, `{message}`, FastAPI's `{detail}`, Google's array of one. Text and HTML
 * bodies are never repeated.
 */
export function decodeOpenAiError(status: number, body: unknown): GatewayError {
  const wire = Array.isArray(body) ? body[0] : body;
  if (!isJsonObject(wire)) return unreadableError(status, body);
  const error = isJsonObject(wire.error) ? wire.error : wire;
  const code = codeOf(status, error);
  const message = messageOf(wire, error) ?? `error reply without a message (status ${status})`;
  return new GatewayError(code, message.slice(0, MAX_MESSAGE_LENGTH), {
    ...(status >= 400 && { status }),
    vendor: {
      ...(typeof error.type === "string" && { type: error.type }),
      ...(isWord(error.code) && { code: String(error.code) }),
      ...(typeof error.param === "string" && { param: error.param }),
    },
  });
}

function unreadableError(status: number, body: unknown): GatewayError {
  const empty = body === undefined || body === null || body === "";
  const code = status >= 400 ? errorCodeForStatus(status) : "upstream_bad_response";
  const message = `${empty ? "empty" : "non-JSON"} reply (status ${status})`;
  return new GatewayError(code, message, status >= 400 ? { status } : {});
}

function messageOf(wire: JsonObject, error: JsonObject): string | undefined {
  for (const text of [error.message, wire.error, wire.message, wire.detail, error.detail]) {
    if (typeof text === "string" && text !== "") return text;
  }
  if (Array.isArray(wire.detail)) {
    const problems = wire.detail.flatMap((item) =>
      isJsonObject(item) && typeof item.msg === "string" ? [item.msg] : [],
    );
    if (problems.length > 0) return problems.join("; ");
  }
  return undefined;
}

/** Inside a 200 the error's own words are the only status there is. */
function codeOf(status: number, error: JsonObject): ErrorCode {
  if (status >= 400) return errorCodeForStatus(status);
  for (const word of [error.code, error.status, error.status_code]) {
    const inner = typeof word === "number" ? word : Number(word ?? Number.NaN);
    if (inner >= 400 && inner < 600) return errorCodeForStatus(inner);
  }
  for (const word of [error.code, error.type, error.status]) {
    const code = typeof word === "string" ? CODE_WORDS.get(word.toLowerCase()) : undefined;
    if (code) return code;
  }
  return "upstream_error";
}

const CODE_WORDS: ReadonlyMap<string, ErrorCode> = new Map([
  ["rate_limit_exceeded", "rate_limited"],
  ["rate_limit_error", "rate_limited"],
  ["insufficient_quota", "rate_limited"],
  ["resource_exhausted", "rate_limited"],
  ["requests", "rate_limited"],
  ["tokens", "rate_limited"],
  ["invalid_api_key", "unauthenticated"],
  ["authentication_error", "unauthenticated"],
  ["unauthenticated", "unauthenticated"],
  ["permission_error", "permission_denied"],
  ["permission_denied", "permission_denied"],
  ["model_not_found", "not_found"],
  ["not_found_error", "not_found"],
  ["not_found", "not_found"],
  ["invalid_request_error", "invalid_request"],
  ["invalid_argument", "invalid_request"],
  ["context_length_exceeded", "invalid_request"],
  ["overloaded_error", "upstream_overloaded"],
  ["engine_overloaded", "upstream_overloaded"],
  ["unavailable", "upstream_overloaded"],
  ["timeout", "upstream_timeout"],
  ["deadline_exceeded", "upstream_timeout"],
]);

function isWord(value: unknown): value is string | number {
  return (typeof value === "string" && value !== "") || typeof value === "number";
}

/** `param` and `code` are null where there is nothing to say, as OpenAI writes them. */
export function encodeOpenAiError(error: GatewayError, requestId: string): JsonObject {
  return {
    error: openAiErrorOf(error),
    request_id: requestId,
  };
}

/**
 * The four members as text or null, which OpenAI's own errors have and its imitators' may lack; the
 * code that the error has come to have meanwhile is the one that counts.
 */
export function completeOpenAiError(body: JsonObject, error: GatewayError): JsonObject {
  const said = isJsonObject(body.error) ? body.error : {};
  const own = openAiErrorOf(error);
  const isNews = error.vendor?.code !== undefined && said.code !== error.vendor.code;
  const isComplete = MEMBERS.every((name) => said[name] === null || typeof said[name] === "string");
  if (isComplete && !isNews) return body;
  const completed: Record<string, Json | undefined> = { ...said };
  for (const name of MEMBERS) {
    if (said[name] !== null && typeof said[name] !== "string") completed[name] = own[name];
  }
  if (isNews) completed.code = own.code;
  return { ...body, error: completed };
}

const MEMBERS = ["message", "type", "param", "code"] as const;

function openAiErrorOf(error: GatewayError) {
  return {
    message: error.message,
    type: error.vendor?.type ?? OPENAI_WORDS[error.code].type,
    param: error.vendor?.param ?? null,
    code: error.vendor?.code ?? OPENAI_WORDS[error.code].code,
  };
}

/** An error inside a stream whose status was already sent; the gateway's own are told as in the reference. */
export function encodeOpenAiStreamError(error: GatewayError): JsonObject {
  const { message, type, param } = openAiErrorOf(error);
  if (!error.vendor) return { error: { message, type, code: null } };
  return { error: { message, type, param, code: error.vendor.code ?? null } };
}

interface ErrorWords {
  readonly type: string;
  readonly code: string | null;
}

/** OpenAI's own words where it has them; the gateway's code where it has not. */
const OPENAI_WORDS = {
  invalid_request: { type: "invalid_request_error", code: null },
  unauthenticated: { type: "invalid_request_error", code: "invalid_api_key" },
  permission_denied: { type: "invalid_request_error", code: "permission_denied" },
  not_found: { type: "invalid_request_error", code: "not_found" },
  method_not_allowed: { type: "invalid_request_error", code: "method_not_supported" },
  request_timeout: { type: "invalid_request_error", code: "request_timeout" },
  conflict: { type: "invalid_request_error", code: "conflict" },
  body_too_large: { type: "invalid_request_error", code: "request_too_large" },
  unsupported_media_type: { type: "invalid_request_error", code: "unsupported_media_type" },
  unprocessable: { type: "invalid_request_error", code: "unprocessable" },
  budget_exhausted: { type: "insufficient_quota", code: "insufficient_quota" },
  rate_limited: { type: "requests", code: "rate_limit_exceeded" },
  client_aborted: { type: "invalid_request_error", code: "client_aborted" },
  internal: { type: "server_error", code: "internal" },
  unavailable: { type: "server_error", code: "unavailable" },
  draining: { type: "server_error", code: "draining" },
  upstream_error: { type: "upstream_error", code: "upstream_error" },
  upstream_bad_response: { type: "upstream_error", code: "upstream_bad_response" },
  upstream_credentials: { type: "upstream_error", code: "upstream_credentials" },
  upstream_auth_failed: { type: "upstream_error", code: "upstream_auth_failed" },
  upstream_connect_failed: { type: "upstream_error", code: "upstream_connect_failed" },
  upstream_dns: { type: "upstream_error", code: "upstream_dns" },
  upstream_tls: { type: "upstream_error", code: "upstream_tls" },
  upstream_reset: { type: "upstream_error", code: "upstream_reset" },
  upstream_truncated: { type: "upstream_error", code: "upstream_truncated" },
  upstream_redirect: { type: "upstream_error", code: "upstream_redirect" },
  upstream_overloaded: { type: "upstream_error", code: "upstream_overloaded" },
  upstream_connect_timeout: { type: "upstream_error", code: "upstream_connect_timeout" },
  upstream_timeout: { type: "upstream_error", code: "upstream_timeout" },
  upstream_stalled: { type: "upstream_error", code: "upstream_stalled" },
} as const satisfies Record<ErrorCode, ErrorWords>;

/**
 * The error that an object tells which is none of its dialect's: Mistral's `{object: "error", message}`
 * (https://docs.mistral.ai/api), `{type: "error"}`, FastAPI's `{detail}`, a proxy's `{message, code}`.
 * Undefined for one that tells none. To be asked only of an object that says nothing else.
 */
export function strayError(wire: JsonObject): GatewayError | undefined {
  const isError =
    wire.object === "error" ||
    wire.type === "error" ||
    typeof wire.message === "string" ||
    isTold(wire.error) ||
    isTold(wire.detail);
  return isError ? decodeOpenAiError(200, wire) : undefined;
}

/** Whether a member says something; clients take an empty one for none. */
export function isTold(member: Json | undefined): boolean {
  if (isJsonObject(member)) return Object.keys(member).length > 0;
  return Array.isArray(member) ? member.length > 0 : Boolean(member);
}

/** One whole answer. Throws what its format throws; where that finds no answer, the error that is told instead. */
export function decodedOrTold(
  decodeResponse: (wire: JsonObject) => ChatResponse,
  wire: JsonObject,
): ChatResponse {
  try {
    return decodeResponse(wire);
  } catch (cause) {
    const isNone = cause instanceof GatewayError && cause.code === "upstream_bad_response";
    throw (isNone && strayError(wire)) || cause;
  }
}
