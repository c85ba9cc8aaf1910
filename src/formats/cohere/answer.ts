import type { FinishReason } from "../../chat/event.ts";
import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Annotation } from "../../chat/message.ts";
import type { Usage } from "../../chat/usage.ts";

/**
 * Cohere counts twice: `billed_units` is what it charges, `tokens` what the model saw
 * (https://docs.cohere.com/docs/how-does-cohere-pricing-work). The bill is the usage, so that costs
 * agree with it; the other count stays beside it as `native`.
 */
export function decodeCohereUsage(wire: Json | undefined): Usage | undefined {
  if (!isJsonObject(wire)) return undefined;
  const tokens = isJsonObject(wire.tokens) ? wire.tokens : undefined;
  const billed = isJsonObject(wire.billed_units) ? wire.billed_units : undefined;
  const counted = billed ?? tokens;
  if (!counted) return undefined;
  const promptTokens = count(counted.input_tokens) ?? 0;
  const completionTokens = count(counted.output_tokens) ?? 0;
  const cachedTokens = count(wire.cached_tokens);
  return {
    promptTokens,
    completionTokens,
    totalTokens: promptTokens + completionTokens,
    ...(cachedTokens !== undefined && { cachedTokens }),
    ...(billed && tokens && { native: { tokens } }),
  };
}

/** The first API's older `token_count` (`{prompt_tokens, response_tokens}`). */
export function decodeTokenCount(wire: Json | undefined): Usage | undefined {
  if (!isJsonObject(wire)) return undefined;
  const promptTokens = count(wire.prompt_tokens) ?? 0;
  const completionTokens = count(wire.response_tokens) ?? 0;
  const totalTokens = count(wire.total_tokens) ?? promptTokens + completionTokens;
  return { promptTokens, completionTokens, totalTokens };
}

/** `billed_units`, `tokens` and what the two APIs put them into. */
export function encodeCohereUsage(usage: Usage): JsonObject {
  const billed = { input_tokens: usage.promptTokens, output_tokens: usage.completionTokens };
  const tokens = isJsonObject(usage.native?.tokens) ? usage.native.tokens : undefined;
  return {
    billed_units: billed,
    ...(tokens && { tokens }),
    ...(usage.cachedTokens !== undefined && { cached_tokens: usage.cachedTokens }),
  };
}

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** https://docs.cohere.com/reference/chat; the `ERROR_*` words are the first API's. */
const REASONS: Readonly<Record<string, FinishReason>> = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop",
  USER_CANCEL: "stop",
  MAX_TOKENS: "length",
  TIMEOUT: "length",
  TOOL_CALL: "tool_calls",
  ERROR: "content_filter",
  ERROR_TOXIC: "content_filter",
  ERROR_LIMIT: "content_filter",
};

const WORDS = {
  stop: "COMPLETE",
  length: "MAX_TOKENS",
  tool_calls: "TOOL_CALL",
  content_filter: "ERROR",
} as const satisfies Record<FinishReason, string>;

export interface CohereFinish {
  readonly reason: FinishReason;
  readonly raw?: string;
}

/** A missing or unknown word means that the model stopped by itself. */
export function decodeCohereFinish(word: Json | undefined, hasToolCalls: boolean): CohereFinish {
  if (typeof word !== "string") return { reason: hasToolCalls ? "tool_calls" : "stop" };
  const known = REASONS[word] ?? (word.startsWith("ERROR") ? "content_filter" : "stop");
  const reason = known === "stop" && hasToolCalls ? "tool_calls" : known;
  return { reason, raw: word };
}

/** Cohere's own word where the answer came from Cohere, else its word for the reason. */
export function encodeCohereFinish(reason: FinishReason, raw: string | undefined): string {
  if (raw !== undefined && Object.hasOwn(REASONS, raw)) return raw;
  return WORDS[reason];
}

/** These citations count in the text that they stand with, and not beyond it. */
export function rangeWithin(
  { start = 0, end }: Annotation,
  { length }: string,
): { readonly start: number; readonly end: number } {
  const within = (offset: number) => Math.min(Math.max(offset, 0), length);
  return { start: within(start), end: within(end ?? length) };
}
