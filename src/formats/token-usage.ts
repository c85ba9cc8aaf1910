import { isJsonObject, type Json, type JsonObject, unlessEmpty } from "../chat/json.ts";
import type { Usage } from "../chat/usage.ts";

/**
 * The `usage` object that OpenAI's Chat Completions and Completions share, read tolerantly: a
 * member that is no number is not there. DeepSeek names cached tokens `prompt_cache_hit_tokens`
 * (https://api-docs.deepseek.com/guides/kv_cache).
 */
export function decodeUsage(wire: JsonObject, serviceTier: Json | undefined): Usage {
  const promptTokens = count(wire.prompt_tokens) ?? 0;
  const completionTokens = count(wire.completion_tokens) ?? 0;
  const usage: UsageDraft = {
    promptTokens,
    completionTokens,
    totalTokens: count(wire.total_tokens) ?? promptTokens + completionTokens,
  };
  setCount(usage, "cachedTokens", wire.prompt_cache_hit_tokens);
  if (isJsonObject(wire.prompt_tokens_details)) addPrompt(usage, wire.prompt_tokens_details);
  if (isJsonObject(wire.completion_tokens_details)) {
    addCompletion(usage, wire.completion_tokens_details);
    if (countsReasoningApart(usage)) usage.completionTokens += usage.reasoningTokens ?? 0;
  }
  if (typeof serviceTier === "string") usage.serviceTier = serviceTier;
  if (wire.estimated === true) usage.estimated = true;
  if (isJsonObject(wire.native)) usage.native = wire.native;
  return usage;
}

type UsageDraft = { -readonly [Name in keyof Usage]: Usage[Name] };

function addPrompt(usage: UsageDraft, details: JsonObject): void {
  setCount(usage, "cachedTokens", details.cached_tokens);
  setCount(usage, "promptAudioTokens", details.audio_tokens);
  const cacheWrite = count(details.cache_write_tokens);
  if (cacheWrite !== undefined) usage.cacheWriteTokens = { "": cacheWrite };
}

function addCompletion(usage: UsageDraft, details: JsonObject): void {
  setCount(usage, "reasoningTokens", details.reasoning_tokens);
  setCount(usage, "completionAudioTokens", details.audio_tokens);
  setCount(usage, "acceptedPredictionTokens", details.accepted_prediction_tokens);
  setCount(usage, "rejectedPredictionTokens", details.rejected_prediction_tokens);
}

/**
 * xAI's `completion_tokens` are without the reasoning, its `total_tokens` with it
 * (https://github.com/vercel/ai/issues/12425). Where reasoning is counted in, the sum is another.
 */
function countsReasoningApart(usage: Usage): boolean {
  const { promptTokens, completionTokens, totalTokens, reasoningTokens = 0 } = usage;
  return reasoningTokens > 0 && totalTokens === promptTokens + completionTokens + reasoningTokens;
}

export function encodeUsage(usage: Usage): JsonObject {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.totalTokens,
    prompt_tokens_details: unlessEmpty({
      cached_tokens: usage.cachedTokens,
      audio_tokens: usage.promptAudioTokens,
      cache_write_tokens: usage.cacheWriteTokens && sum(Object.values(usage.cacheWriteTokens)),
    }),
    completion_tokens_details: unlessEmpty({
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.completionAudioTokens,
      accepted_prediction_tokens: usage.acceptedPredictionTokens,
      rejected_prediction_tokens: usage.rejectedPredictionTokens,
    }),
    estimated: usage.estimated || undefined,
    native: usage.native,
  };
}

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function setCount(
  usage: UsageDraft,
  name:
    | "cachedTokens"
    | "promptAudioTokens"
    | "reasoningTokens"
    | "completionAudioTokens"
    | "acceptedPredictionTokens"
    | "rejectedPredictionTokens",
  value: Json | undefined,
): void {
  const tokens = count(value);
  if (tokens !== undefined) usage[name] = tokens;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
