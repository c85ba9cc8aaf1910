import type { Desk, Dialect, Reply } from "../dialect.ts";
import { bearerOf, type HeaderLine, type HttpRequest, utf8 } from "../http/request.ts";
import { isObject, type JsonObject, jsonOf } from "../json-schema.ts";
import { LAB_MODELS, readModelName } from "../models.ts";
import { randomness } from "../randomness.ts";

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
export function orRefusal<T>(read: () => T): T | Reply {
  try {
    return read();
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

/** A request OpenAI would refuse, in its own words. https://platform.openai.com/docs/guides/error-codes */
export class OpenAiRefusal extends Error {
  readonly status: number;
  readonly detail: OpenAiErrorDetail;
  constructor(detail: OpenAiErrorDetail & { message: string; status?: number }) {
    super(detail.message);
    this.status = detail.status ?? 400;
    this.detail = detail;
  }
}

export interface OpenAiErrorDetail {
  readonly type?: string;
  readonly param?: string | null;
  readonly code?: string | null;
}

/** OpenAI indents what it does not stream. */
export function openAiText(body: JsonObject): string {
  return `${JSON.stringify(body, null, 2)}\n`;
}

export function openAiError(
  status: number,
  message: string,
  detail: OpenAiErrorDetail = {},
): Reply {
  const { type = "invalid_request_error", param = null, code = null } = detail;
  return {
    type: "reply",
    status,
    headers: [
      ["content-type", "application/json"],
      ["x-request-id", `req_${randomness(status, message).token(32).toLowerCase()}`],
    ],
    body: openAiText({ error: { message, type, param, code } }),
  };
}

interface ErrorText extends OpenAiErrorDetail {
  readonly message: (model: string) => string;
}

const SERVER_ERROR: ErrorText = {
  message: () => "The server had an error while processing your request. Sorry about that!",
  type: "server_error",
};

const OVERLOADED: ErrorText = {
  message: () => "The engine is currently overloaded, please try again later.",
  type: "server_error",
};

const TEXTS: Readonly<Record<number, ErrorText>> = {
  400: { message: () => "Invalid request: the lab was asked to refuse this model's calls." },
  401: {
    message: () =>
      "Incorrect API key provided: sk-lab**. You can find your API key at https://platform.openai.com/account/api-keys.",
    code: "invalid_api_key",
  },
  403: {
    message: (model) => `Project \`proj_lab\` does not have access to model \`${model}\``,
    code: "model_not_found",
  },
  404: {
    message: (model) => `The model \`${model}\` does not exist or you do not have access to it.`,
    code: "model_not_found",
  },
  429: {
    message: (model) =>
      `Rate limit reached for ${model} in organization org-lab on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 2s. Visit https://platform.openai.com/account/rate-limits to learn more.`,
    type: "requests",
    code: "rate_limit_exceeded",
  },
  503: OVERLOADED,
  529: OVERLOADED,
};

/** The error OpenAI answers with this status. */
export function openAiStatusError(status: number, model: string): Reply {
  const fallback = status < 500 ? TEXTS[400] : SERVER_ERROR;
  const { message, ...detail } = TEXTS[status] ?? fallback ?? SERVER_ERROR;
  return openAiError(status, message(model), detail);
}

/** https://platform.openai.com/docs/api-reference/models */
export const openAiModels: Dialect = {
  name: "openai-models",
  serves: ({ path }) => /\/v1\/models(\/.+)?$/.test(path),
  receive: (request, desk) =>
    orRefusal(() => {
      checkKey(request, desk);
      if (request.method !== "GET") {
        return openAiError(405, `Not allowed to ${request.method} on ${request.path}.`, {
          code: "method_not_supported",
        });
      }
      const asked = /\/v1\/models\/(.+)$/.exec(request.path)?.[1];
      return asked === undefined ? list() : retrieve(decodeURIComponent(asked));
    }),
};

function list(): Reply {
  return ok({ object: "list", data: Object.keys(LAB_MODELS).map(model) });
}

function retrieve(id: string): Reply {
  return readModelName(id) === undefined ? openAiStatusError(404, id) : ok(model(id));
}

function model(id: string) {
  return { id, object: "model", created: CREATED, owned_by: "dragoman-lab" };
}

function ok(body: Readonly<Record<string, unknown>>): Reply {
  return {
    type: "reply",
    status: 200,
    headers: [["content-type", "application/json"]],
    body: openAiText(body),
  };
}
