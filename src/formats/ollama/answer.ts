import { errorCodeForStatus, GatewayError } from "../../chat/error.ts";
import type { FinishReason } from "../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { ChatResponse } from "../../chat/response.ts";
import type { Usage } from "../../chat/usage.ts";
import { isJsonArray, membersBeside } from "../fields.ts";
import type { AnswerContext } from "../wire-format.ts";

/** What Ollama's chat and completions have in common in an answer (https://docs.ollama.com/api). */

/** The reference's words for an answer that is not JSON. */
export const UNDECODABLE = "failed to decode ollama response";

export const OLLAMA_STREAM_TYPE = "application/x-ndjson";

/** Durations in nanoseconds and the model's state are of no use to a client of another dialect. */
const NAMED = new Set([
  "model",
  "created_at",
  "message",
  "response",
  "thinking",
  "done",
  "done_reason",
  "context",
  "total_duration",
  "load_duration",
  "prompt_eval_count",
  "prompt_eval_duration",
  "eval_count",
  "eval_duration",
  "logprobs",
]);

/** Ollama's answers have no ids. */
export function decodeHead(
  wire: JsonObject,
  format: string,
): Pick<ChatResponse, "id" | "model" | "created" | "extra" | "extraFormat"> {
  const created = unixSeconds(wire.created_at);
  const extra = membersBeside(wire, NAMED);
  return {
    id: "",
    model: typeof wire.model === "string" ? wire.model : "",
    ...(created !== undefined && { created }),
    ...(extra && { extra, extraFormat: format }),
  };
}

/** RFC 3339 with any number of fractional digits. */
function unixSeconds(value: Json | undefined): number | undefined {
  if (typeof value !== "string") return undefined;
  const seconds = Math.floor(Date.parse(value) / 1000);
  return seconds > 0 ? seconds : undefined;
}

export function encodeHead(
  answer: Pick<ChatResponse, "model" | "created" | "extra" | "extraFormat">,
  context: AnswerContext,
  format: string,
): JsonObject {
  const created = answer.created ?? context.created;
  return {
    model: answer.model || context.model,
    created_at: new Date(created * 1000).toISOString(),
    ...(answer.extraFormat === format && answer.extra),
  };
}

/** Undefined when nothing was counted; a count that is zero is left out by Ollama. */
export function decodeOllamaUsage(wire: JsonObject): Usage | undefined {
  const { prompt_eval_count: prompt, eval_count: completion } = wire;
  if (typeof prompt !== "number" && typeof completion !== "number") return undefined;
  const promptTokens = typeof prompt === "number" ? prompt : 0;
  const completionTokens = typeof completion === "number" ? completion : 0;
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens };
}

export function encodeOllamaUsage(usage: Usage): JsonObject {
  return { prompt_eval_count: usage.promptTokens, eval_count: usage.completionTokens };
}

/** `load` and `unload` end an empty answer. */
const REASONS: Readonly<Record<string, FinishReason>> = { stop: "stop", length: "length" };

const WORDS = {
  stop: "stop",
  length: "length",
  tool_calls: "stop",
  content_filter: "stop",
} as const satisfies Record<FinishReason, string>;

/** A missing or unknown word means that the model stopped by itself. */
export function decodeOllamaFinish(
  word: Json | undefined,
  hasToolCalls: boolean,
): { readonly reason: FinishReason; readonly raw?: string } {
  const known = (typeof word === "string" && REASONS[word]) || "stop";
  const reason = known === "stop" && hasToolCalls ? "tool_calls" : known;
  return typeof word !== "string" || word === reason ? { reason } : { reason, raw: word };
}

const OWN_WORDS = new Set(["stop", "length", "load", "unload"]);

export function encodeOllamaFinish(reason: FinishReason, raw: string | undefined): string {
  return raw !== undefined && OWN_WORDS.has(raw) ? raw : WORDS[reason];
}

/** Nearly OpenAI's own; what that always has is filled in. */
export function decodeLogprobs(wire: Json | undefined): readonly JsonObject[] | undefined {
  if (!isJsonArray(wire) || wire.length === 0) return undefined;
  return wire.filter(isJsonObject).map((token) => ({
    ...token,
    bytes: token.bytes ?? null,
    top_logprobs: isJsonArray(token.top_logprobs) ? token.top_logprobs : [],
  }));
}

export function encodeLogprobs(tokens: readonly Json[]): JsonObject[] {
  return tokens.filter(isJsonObject).map(({ bytes, top_logprobs, ...token }) => ({
    ...token,
    ...(isJsonArray(bytes) && { bytes }),
    ...(isJsonArray(top_logprobs) && top_logprobs.length > 0 && { top_logprobs }),
  }));
}

/** Longest vendor message that is passed on, in UTF-16 units. */
const MAX_MESSAGE_LENGTH = 2048;

/** `{error}`, also as a line of a stream. */
export function decodeOllamaError(status: number, body: unknown): GatewayError {
  const inBand = status < 400;
  const told = isJsonObject(body) ? body.error : undefined;
  const code = inBand ? "upstream_error" : errorCodeForStatus(status);
  const message = typeof told === "string" && told !== "" ? told : undefined;
  const text = message ?? `error reply without a message (status ${status})`;
  return new GatewayError(code, text.slice(0, MAX_MESSAGE_LENGTH), inBand ? {} : { status });
}

export function encodeOllamaError(error: GatewayError): JsonObject {
  return { error: error.message };
}

/** For a 200 that is no answer: the error it tells, if any. */
export function noAnswer(wire: JsonObject): GatewayError {
  if (typeof wire.error === "string") return decodeOllamaError(200, wire);
  return new GatewayError("upstream_bad_response", UNDECODABLE);
}
