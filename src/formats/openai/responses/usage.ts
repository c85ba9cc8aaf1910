import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { Usage } from "../../../chat/usage.ts";

/** Tolerant: what is no number is not there. */
export function decodeUsage(wire: JsonObject, serviceTier: Json | undefined): Usage {
  const input = isJsonObject(wire.input_tokens_details) ? wire.input_tokens_details : {};
  const output = isJsonObject(wire.output_tokens_details) ? wire.output_tokens_details : {};
  const promptTokens = count(wire.input_tokens) ?? 0;
  const completionTokens = count(wire.output_tokens) ?? 0;
  const cachedTokens = count(input.cached_tokens);
  const written = count(input.cache_write_tokens);
  const reasoningTokens = count(output.reasoning_tokens);
  return {
    promptTokens,
    completionTokens,
    totalTokens: count(wire.total_tokens) ?? promptTokens + completionTokens,
    ...(cachedTokens !== undefined && { cachedTokens }),
    ...(written !== undefined && { cacheWriteTokens: { "": written } }),
    ...(reasoningTokens !== undefined && { reasoningTokens }),
    ...(typeof serviceTier === "string" && { serviceTier }),
  };
}

export function encodeUsage(usage: Usage): JsonObject {
  const written = Object.values(usage.cacheWriteTokens ?? {});
  return {
    input_tokens: usage.promptTokens,
    input_tokens_details: {
      cached_tokens: usage.cachedTokens ?? 0,
      ...(written.length > 0 && { cache_write_tokens: written.reduce((all, one) => all + one, 0) }),
    },
    output_tokens: usage.completionTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: usage.totalTokens,
  };
}

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
