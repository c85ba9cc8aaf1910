import type { Asked, Desk, Reply } from "../dialect.ts";
import { bearerOf, type HeaderLine, type HttpRequest } from "../http/request.ts";
import { isObject, type JsonObject } from "../json-schema.ts";
import { randomness } from "../randomness.ts";
import type { Script } from "../scenario.ts";
import { CohereRefusal } from "./cohere-check.ts";
import type { Shape } from "./openai-check.ts";

export interface CohereStamp {
  readonly id: string;
  readonly headers: readonly HeaderLine[];
}

/** The id and headers of an answer, drawn from the seed and the request. */
export function cohereStamp(request: HttpRequest, desk: Desk): CohereStamp {
  const random = randomness(desk.seed, `${request.path}\n${Buffer.from(request.body)}`);
  const hex = Array.from({ length: 32 }, () => random.integer(0, 15).toString(16)).join("");
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  return { id, headers: [["x-debug-trace-id", hex]] };
}

export function orCohereRefusal(read: () => Asked): Asked | Reply {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CohereRefusal)) throw error;
    return cohereError(error.status, error.message);
  }
}

export function checkCohereKey(request: HttpRequest, desk: Desk): void {
  if (!desk.keys) return;
  const key = bearerOf(request);
  if (key === undefined) throw new CohereRefusal("no api key supplied", 401);
  if (!desk.keys.has(key)) throw new CohereRefusal("invalid api token", 401);
}

export function readCohereJson(request: HttpRequest): JsonObject {
  if (request.method !== "POST") throw new CohereRefusal("method not allowed", 405);
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(request.body));
  } catch {
    body = undefined;
  }
  if (isObject(body)) return body;
  throw new CohereRefusal("invalid json syntax: the body is not a JSON object");
}

export function cohereError(status: number, message: string): Reply {
  const id = randomness(status, message).token(22).toLowerCase();
  return {
    type: "reply",
    status,
    headers: [["content-type", "application/json"]],
    body: JSON.stringify({ id, message }),
  };
}

const MESSAGES: Readonly<Record<number, (model: string) => string>> = {
  401: () => "invalid api token",
  403: () => "your account does not have access to this model",
  404: (model) => `model '${model}' not found, make sure the correct model ID was used.`,
  422: () => "the request was well-formed but cannot be processed",
  429: () =>
    "You are using a Trial key, which is limited to 10 API calls / minute. You can continue to use the Trial key for free or upgrade to a Production key with higher rate limits at 'https://dashboard.cohere.com/api-keys'.",
  503: () => "the service is overloaded, please try again later",
};

/** The error Cohere answers with this status. */
export function cohereStatusError(status: number, model: string): Reply {
  const message = MESSAGES[status]?.(model);
  if (message !== undefined) return cohereError(status, message);
  if (status < 500) return cohereError(status, "invalid request: the lab was asked to refuse it");
  return cohereError(status, "internal server error, this has been reported to our developers.");
}

export const FINISH = {
  stop: "COMPLETE",
  length: "MAX_TOKENS",
  "tool-calls": "TOOL_CALL",
  "content-filter": "ERROR",
} as const satisfies Record<Script["finish"], string>;

/** What the prompt's hidden preamble costs: the model sees it, nobody is billed for it. */
const PREAMBLE_TOKENS = 66;

export function cohereUnits(scripts: readonly Script[]): JsonObject {
  const input = scripts[0]?.usage.input ?? 0;
  const cached = scripts[0]?.usage.cached ?? 0;
  const output = scripts.reduce((sum, { usage }) => sum + usage.output, 0);
  return {
    billed_units: { input_tokens: input, output_tokens: output },
    tokens: { input_tokens: input + PREAMBLE_TOKENS, output_tokens: output },
    cached_tokens: cached,
  };
}

/** The members that Cohere's APIs share. */
export const SAMPLING = {
  model: { is: "string" },
  stream: { is: "boolean", nullable: true },
  max_tokens: { is: "integer", min: 0, nullable: true },
  temperature: { is: "decimal", min: 0, nullable: true },
  p: { is: "decimal", min: 0.01, max: 0.99, nullable: true },
  k: { is: "integer", min: 0, max: 500, nullable: true },
  seed: { is: "integer", nullable: true },
  stop_sequences: { is: "array", of: { is: "string" }, max: 5, nullable: true },
  frequency_penalty: { is: "decimal", min: 0, max: 1, nullable: true },
  presence_penalty: { is: "decimal", min: 0, max: 1, nullable: true },
} as const satisfies Readonly<Record<string, Shape>>;

/** The stops and the limit as a question has them. */
export function limitsOf(wire: JsonObject): { stop: readonly string[]; maxTokens?: number } {
  const stop = Array.isArray(wire["stop_sequences"]) ? wire["stop_sequences"].map(String) : [];
  const maxTokens = wire["max_tokens"];
  return typeof maxTokens === "number" ? { stop, maxTokens } : { stop };
}

/** A list of objects, whatever it was: shapes are checked before. */
export function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
