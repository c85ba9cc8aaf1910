import type { Desk, Reply } from "../dialect.ts";
import { type HeaderLine, utf8 } from "../http/message.ts";
import { bearerOf, type HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json.ts";
import { readModelName } from "../model-name.ts";
import { randomness } from "../randomness.ts";
import { OpenAiRefusal, openAiError } from "./openai-error.ts";

/** Seconds since 1970 that every answer carries, so that equal requests have equal answers. */
export const CREATED = 1_760_000_000;
export const FINGERPRINT = "fp_44709d6fcb";

export interface Stamp {
  readonly id: string;
  readonly headers: readonly HeaderLine[];
  readonly streamHeaders: readonly HeaderLine[];
}

/** The ids and headers of an answer, drawn from the seed and the request. */
export function stamp(request: HttpRequest, desk: Desk, prefix: string): Stamp {
  const random = randomness(desk.seed, `${request.path}\n${Buffer.from(request.body)}`);
  const common: readonly HeaderLine[] = [
    ["openai-version", "2020-10-01"],
    ["openai-organization", "org-lab"],
    ["openai-processing-ms", "7"],
    ["x-request-id", `req_${random.token(32).toLowerCase()}`],
    ["x-ratelimit-limit-requests", "10000"],
    ["x-ratelimit-remaining-requests", "9999"],
    ["x-ratelimit-reset-requests", "6ms"],
  ];
  return {
    id: `${prefix}${random.token(29)}`,
    headers: [["content-type", "application/json"], ...common],
    streamHeaders: [
      ["content-type", "text/event-stream; charset=utf-8"],
      ["cache-control", "no-cache"],
      ...common,
    ],
  };
}

/** Whether members OpenAI does not know are let through, as many of its imitators do. */
export function isLenient(model: unknown, desk: Desk): boolean {
  const traits = [...desk.traits, ...(readModelName(String(model)) ?? [])];
  return traits.some(({ name }) => name === "lenient");
}

/** An answer, or the refusal thrown on the way to it. */
export function orRefusal<T>(attempt: () => T): T | Reply {
  try {
    return attempt();
  } catch (error) {
    if (!(error instanceof OpenAiRefusal)) throw error;
    return openAiError(error.status, error.message, error.detail);
  }
}

/** `Authorization: Bearer`, or Azure's `api-key` (https://learn.microsoft.com/azure/ai-services/openai/reference). */
export function checkKey(request: HttpRequest, desk: Desk): void {
  if (!desk.keys) return;
  const bearer = bearerOf(request);
  const key = bearer ?? request.headers.get("api-key") ?? undefined;
  if (key === undefined) {
    throw new OpenAiRefusal({
      status: 401,
      message:
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY). You can obtain an API key from https://platform.openai.com/account/api-keys.",
    });
  }
  if (!desk.keys.has(key)) {
    throw new OpenAiRefusal({
      status: 401,
      message: `Incorrect API key provided: ${masked(key)}. You can find your API key at https://platform.openai.com/account/api-keys.`,
      code: "invalid_api_key",
    });
  }
}

function masked(key: string): string {
  return key.length <= 8 ? `${key.slice(0, 2)}****` : `${key.slice(0, 4)}****${key.slice(-4)}`;
}

export function readJson(request: HttpRequest): JsonObject {
  if (request.method !== "POST") {
    throw new OpenAiRefusal({
      status: 405,
      message: `Not allowed to ${request.method} on ${request.path}. (HINT: Perhaps you meant to use a different HTTP method?)`,
      code: "method_not_supported",
    });
  }
  const type = request.headers.get("content-type") ?? "";
  if (type.split(";", 1)[0]?.trim().toLowerCase() !== "application/json") {
    throw new OpenAiRefusal({
      status: 415,
      message: `Unsupported content type: '${type}'. This API method only accepts 'application/json' requests, but you specified the header 'Content-Type: ${type}'. Please try again with a supported content type.`,
      code: "unsupported_content_type",
    });
  }
  const body = jsonOf(request.body);
  if (isObject(body)) return body;
  throw new OpenAiRefusal({
    message:
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON. If you have trouble figuring out how to fix this, please contact us through our help center at help.openai.com.)",
  });
}

export const KEEP_ALIVE = utf8(": keep-alive\n\n");
