import type { Desk, Reply } from "../dialect.ts";
import { bearerOf, type HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json-schema.ts";
import { randomness } from "../randomness.ts";

/** A request Anthropic would refuse, in its own words. https://platform.claude.com/docs/en/api/errors */
export class AnthropicRefusal extends Error {
  readonly status: number;
  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** The version that the request is in. `x-api-key` (or a bearer token) and `anthropic-version`: https://platform.claude.com/docs/en/api/overview */
export function checkHeaders(request: HttpRequest, desk: Desk): string {
  const { headers } = request;
  if (desk.keys) {
    const bearer = bearerOf({ headers });
    const key = headers.get("x-api-key") ?? bearer;
    if (key === undefined) throw new AnthropicRefusal("x-api-key header is required", 401);
    if (!desk.keys.has(key)) throw new AnthropicRefusal("invalid x-api-key", 401);
  }
  const version = headers.get("anthropic-version");
  if (version === null) throw new AnthropicRefusal("anthropic-version: header is required");
  if (!/^\d{4}-\d{2}-\d{2}$/.test(version)) {
    throw new AnthropicRefusal(`anthropic-version: "${version}" is not a valid version`);
  }
  return version;
}

export function readJson(request: HttpRequest): JsonObject {
  if (request.method !== "POST") throw new AnthropicRefusal("Method Not Allowed", 405);
  const body = jsonOf(request.body);
  if (isObject(body)) return body;
  throw new AnthropicRefusal("The request body is not valid JSON");
}

const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};

export function anthropicError(status: number, message: string): Reply {
  const fallback = status < 500 ? "invalid_request_error" : "api_error";
  const requestId = `req_011${randomness(status, message).token(21)}`;
  const error = { type: TYPES[status] ?? fallback, message };
  return {
    type: "reply",
    status,
    headers: [
      ["content-type", "application/json"],
      ["request-id", requestId],
      ["x-should-retry", status === 429 || status >= 500 ? "true" : "false"],
    ],
    body: JSON.stringify({ type: "error", error, request_id: requestId }),
  };
}

const MESSAGES: Readonly<Record<number, (model: string) => string>> = {
  400: () => "The lab was asked to refuse this model's calls.",
  401: () => "invalid x-api-key",
  403: () => "Your API key does not have permission to use the specified resource.",
  404: (model) => `model: ${model}`,
  408: () => "Request timed out",
  413: () => "Request exceeds the maximum size",
  429: () =>
    "This request would exceed the rate limit for your organization of 50 requests per minute. Please reduce the prompt length or the maximum tokens requested, or try again later.",
  504: () => "Request timed out. Consider using streaming for long requests.",
  529: () => "Overloaded",
};

/** The error Anthropic answers with this status. */
export function anthropicStatusError(status: number, model: string): Reply {
  const fallback = status < 500 ? MESSAGES[400] : undefined;
  const message = MESSAGES[status] ?? fallback;
  return anthropicError(status, message?.(model) ?? "Internal server error");
}
