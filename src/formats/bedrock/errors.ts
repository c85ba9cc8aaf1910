import { type ErrorCode, errorCodeForStatus, GatewayError } from "../../chat/error.ts";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import type { ReadHeaders } from "../../framing/header-map.ts";

/** Longest vendor message that is passed on, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 2048;

/**
 * The service's exceptions
 * (https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html and Converse's own), by
 * name without `Exception`, in lower case: a stream spells them otherwise than an answer.
 */
const EXCEPTIONS: Readonly<Record<string, ErrorCode>> = {
  validation: "invalid_request",
  serialization: "invalid_request",
  accessdenied: "permission_denied",
  unrecognizedclient: "permission_denied",
  invalidsignature: "permission_denied",
  incompletesignature: "permission_denied",
  missingauthenticationtoken: "permission_denied",
  expiredtoken: "permission_denied",
  optinrequired: "permission_denied",
  resourcenotfound: "not_found",
  unknownoperation: "not_found",
  conflict: "conflict",
  throttling: "rate_limited",
  throttled: "rate_limited",
  toomanyrequests: "rate_limited",
  servicequotaexceeded: "rate_limited",
  modelnotready: "upstream_overloaded",
  serviceunavailable: "upstream_overloaded",
  modeltimeout: "upstream_timeout",
  modelerror: "upstream_error",
  modelstreamerror: "upstream_error",
  internalserver: "upstream_error",
  internalfailure: "upstream_error",
};

export function codeOfException(name: string): ErrorCode | undefined {
  return (
    EXCEPTIONS[name.toLowerCase().replace(/exception$|error$/, "")] ??
    EXCEPTIONS[name.toLowerCase()]
  );
}

/** 408 and 424 are the model's failures here, not the client's (`ModelTimeoutException`, `ModelErrorException`). */
const STATUS_CODES: Readonly<Record<number, ErrorCode>> = {
  408: "upstream_timeout",
  424: "upstream_error",
};

/** `{message}`, with the exception's name in a header, or in `__type`. Text is never repeated. */
export function decodeError(status: number, body: unknown, headers?: ReadHeaders): GatewayError {
  const isError = status >= 400;
  if (!isJsonObject(body)) return unreadable(status, body);
  // `ValidationException:http://internal.amazon.com/…`
  const type = exceptionName(body) ?? headers?.get("x-amzn-errortype")?.split(":", 1)[0];
  const known = type === undefined ? undefined : codeOfException(type);
  const code = known ?? (isError ? codeOfStatus(status) : "upstream_error");
  const message = messageOf(body) ?? `error reply without a message (status ${status})`;
  return new GatewayError(code, message.slice(0, MAX_MESSAGE_LENGTH), {
    ...(isError && { status }),
    vendor: type === undefined ? {} : { type },
  });
}

function unreadable(status: number, body: unknown): GatewayError {
  const isEmpty = body === undefined || body === null || body === "";
  const code = status >= 400 ? codeOfStatus(status) : "upstream_bad_response";
  const message = `${isEmpty ? "empty" : "non-JSON"} reply (status ${status})`;
  return new GatewayError(code, message, status >= 400 ? { status } : {});
}

function codeOfStatus(status: number): ErrorCode {
  return STATUS_CODES[status] ?? errorCodeForStatus(status);
}

/** `__type` may carry a namespace before `#`. */
export function exceptionName(body: JsonObject): string | undefined {
  const type = body.__type ?? body.code;
  return typeof type === "string" ? type.slice(type.lastIndexOf("#") + 1) : undefined;
}

function messageOf(body: JsonObject): string | undefined {
  for (const text of [body.message, body.Message, body.errorMessage]) {
    if (typeof text === "string" && text !== "") return text;
  }
  return undefined;
}

/** What a stream's `:message-type` of `exception` or `error` tells. */
export function decodeStreamError(name: string, payload: JsonObject, told: string): GatewayError {
  const message = messageOf(payload) ?? told;
  const { originalStatusCode: original } = payload;
  const throttled = typeof original === "number" && original === 429;
  const code = throttled ? "rate_limited" : (codeOfException(name) ?? "upstream_error");
  const text = message === "" ? `the stream ended with ${name}` : message;
  return new GatewayError(code, text.slice(0, MAX_MESSAGE_LENGTH), { vendor: { type: name } });
}

interface Words {
  readonly answer: string;
  /** A stream knows five exceptions only. */
  readonly stream: StreamException;
}

type StreamException =
  | "internalServerException"
  | "modelStreamErrorException"
  | "serviceUnavailableException"
  | "throttlingException"
  | "validationException";

const REFUSED = { answer: "ValidationException", stream: "validationException" } as const;
const DENIED = { answer: "AccessDeniedException", stream: "validationException" } as const;
const INTERNAL = { answer: "InternalServerException", stream: "internalServerException" } as const;
const MODEL = { answer: "ModelErrorException", stream: "modelStreamErrorException" } as const;
const TIMEOUT = { answer: "ModelTimeoutException", stream: "modelStreamErrorException" } as const;
const BUSY = {
  answer: "ServiceUnavailableException",
  stream: "serviceUnavailableException",
} as const;

const WORDS = {
  invalid_request: REFUSED,
  unauthenticated: DENIED,
  permission_denied: DENIED,
  not_found: { answer: "ResourceNotFoundException", stream: "validationException" },
  method_not_allowed: REFUSED,
  request_timeout: TIMEOUT,
  conflict: { answer: "ConflictException", stream: "validationException" },
  body_too_large: REFUSED,
  unsupported_media_type: REFUSED,
  unprocessable: REFUSED,
  budget_exhausted: { answer: "ServiceQuotaExceededException", stream: "throttlingException" },
  rate_limited: { answer: "ThrottlingException", stream: "throttlingException" },
  client_aborted: REFUSED,
  internal: INTERNAL,
  upstream_error: MODEL,
  upstream_bad_response: MODEL,
  upstream_credentials: INTERNAL,
  upstream_auth_failed: INTERNAL,
  upstream_connect_failed: BUSY,
  upstream_dns: BUSY,
  upstream_tls: BUSY,
  upstream_reset: MODEL,
  upstream_truncated: MODEL,
  upstream_redirect: MODEL,
  upstream_overloaded: BUSY,
  unavailable: BUSY,
  draining: BUSY,
  upstream_connect_timeout: TIMEOUT,
  upstream_timeout: TIMEOUT,
  upstream_stalled: TIMEOUT,
} as const satisfies Record<ErrorCode, Words>;

/** The SDKs take the exception's name from `__type` where the header does not tell it. */
export function encodeError(error: GatewayError, requestId: string): JsonObject {
  const type = error.vendor?.type;
  const isOwn = type?.endsWith("Exception") && codeOfException(type) !== undefined;
  return {
    __type: type !== undefined && isOwn ? capitalised(type) : WORDS[error.code].answer,
    message: error.message,
    requestId,
  };
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export function streamExceptionOf(error: GatewayError): StreamException {
  return WORDS[error.code].stream;
}
