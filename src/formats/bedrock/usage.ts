import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { Usage } from "../../chat/usage.ts";

/**
 * `inputTokens` leaves out what was read from the cache and written to it
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html). Read tolerantly.
 */
export function decodeUsage(wire: JsonObject, tier: Json | undefined): Usage {
  const input = count(wire.inputTokens) ?? 0;
  const cached = count(wire.cacheReadInputTokens);
  const written = count(wire.cacheWriteInputTokens);
  const byTtl = writtenByTtl(wire.cacheDetails);
  const promptTokens = input + (cached ?? 0) + (written ?? 0);
  const completionTokens = count(wire.outputTokens) ?? 0;
  return {
    promptTokens,
    completionTokens,
    totalTokens: count(wire.totalTokens) ?? promptTokens + completionTokens,
    ...(cached !== undefined && { cachedTokens: cached }),
    ...(byTtl && { cacheWriteTokens: byTtl }),
    ...(!byTtl && written !== undefined && { cacheWriteTokens: { "": written } }),
    ...(isJsonObject(tier) && typeof tier.type === "string" && { serviceTier: tier.type }),
  };
}

function writtenByTtl(details: Json | undefined): Record<string, number> | undefined {
  if (!Array.isArray(details)) return undefined;
  const byTtl: Record<string, number> = {};
  for (const detail of details) {
    if (!isJsonObject(detail) || typeof detail.ttl !== "string") continue;
    byTtl[detail.ttl] = (byTtl[detail.ttl] ?? 0) + (count(detail.inputTokens) ?? 0);
  }
  return Object.keys(byTtl).length > 0 ? byTtl : undefined;
}

export function encodeUsage(usage: Usage): JsonObject {
  const { promptTokens, completionTokens, totalTokens, cachedTokens, cacheWriteTokens } = usage;
  const writes = Object.entries(cacheWriteTokens ?? {});
  const written = writes.reduce((sum, [, tokens]) => sum + tokens, 0);
  const details = writes.filter(([ttl]) => ttl !== "");
  return {
    inputTokens: Math.max(0, promptTokens - (cachedTokens ?? 0) - written),
    outputTokens: completionTokens,
    totalTokens,
    ...(cachedTokens !== undefined && { cacheReadInputTokens: cachedTokens }),
    ...(cacheWriteTokens && { cacheWriteInputTokens: written }),
    ...(details.length > 0 && {
      cacheDetails: details.map(([ttl, inputTokens]) => ({ ttl, inputTokens })),
    }),
  };
}

/** `serviceTier` beside the usage. */
export function encodeTier(usage: Usage | undefined): JsonObject {
  return usage?.serviceTier === undefined ? {} : { serviceTier: { type: usage.serviceTier } };
}

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
