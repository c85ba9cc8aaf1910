import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
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
