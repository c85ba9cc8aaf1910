import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { Usage } from "../../../chat/usage.ts";

interface Counts {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  /** By time to live; `""` for what names none. */
  readonly cacheWrites: Readonly<Record<string, number>>;
}

/**
 * `input_tokens` counts only what neither came from the cache nor went into it
 * (https://platform.claude.com/docs/en/build-with-claude/prompt-caching#tracking-cache-performance).
 * Where the vendor lists iterations, their sum is the truth: the top level leaves some out
 * (https://platform.claude.com/docs/en/build-with-claude/compaction).
 */
export function decodeUsage(wire: JsonObject): Usage {
  const counts = summed(wire);
  const writes = Object.entries(counts.cacheWrites);
  const written = writes.reduce((sum, [, tokens]) => sum + tokens, 0);
  const promptTokens = counts.input + counts.cacheRead + written;
  const details = isJsonObject(wire.output_tokens_details) ? wire.output_tokens_details : {};
  const { thinking_tokens } = details;
  const { service_tier } = wire;
  return {
    promptTokens,
    completionTokens: counts.output,
    totalTokens: promptTokens + counts.output,
    ...(isCount(wire.cache_read_input_tokens) && { cachedTokens: counts.cacheRead }),
    ...(writes.length > 0 && { cacheWriteTokens: counts.cacheWrites }),
    ...(isCount(thinking_tokens) && { reasoningTokens: thinking_tokens }),
    ...(typeof service_tier === "string" && { serviceTier: service_tier }),
  };
}

function summed(wire: JsonObject): Counts {
  const iterations = Array.isArray(wire.iterations) ? wire.iterations.filter(isJsonObject) : [];
  if (iterations.length === 0) return countsOf(wire);
  return iterations.map(countsOf).reduce(plus);
}

function plus(a: Counts, b: Counts): Counts {
  const cacheWrites = { ...a.cacheWrites };
  for (const [ttl, tokens] of Object.entries(b.cacheWrites)) {
    cacheWrites[ttl] = (cacheWrites[ttl] ?? 0) + tokens;
  }
  return {
    input: a.input + b.input,
    output: a.output + b.output,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrites,
  };
}

function countsOf(wire: JsonObject): Counts {
  return {
    input: count(wire.input_tokens),
    output: count(wire.output_tokens),
    cacheRead: count(wire.cache_read_input_tokens),
    cacheWrites: cacheWrites(wire),
  };
}

function cacheWrites(wire: JsonObject): Record<string, number> {
  const byTtl = isJsonObject(wire.cache_creation) ? wire.cache_creation : {};
  const fiveMinutes = count(byTtl.ephemeral_5m_input_tokens);
  const oneHour = count(byTtl.ephemeral_1h_input_tokens);
  const unnamed = count(wire.cache_creation_input_tokens) - fiveMinutes - oneHour;
  return {
    ...(fiveMinutes > 0 && { "5m": fiveMinutes }),
    ...(oneHour > 0 && { "1h": oneHour }),
    ...(unnamed > 0 && { "": unnamed }),
  };
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function count(value: Json | undefined): number {
  return isCount(value) ? value : 0;
}

/** What a later event leaves unsaid, or says with null, stays as it was; counts are cumulative. */
export function mergeUsage(before: JsonObject, after: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...before };
  for (const key in after) {
    const value = after[key];
    if (value !== null && value !== undefined) merged[key] = value;
  }
  return merged;
}

const TIERS: Readonly<Record<string, string>> = {
  standard: "standard",
  default: "standard",
  priority: "priority",
  batch: "batch",
};

/** Every member that a strict client reads, zero where nothing was counted. */
export function encodeUsage(usage: Usage | undefined): JsonObject {
  const writes = usage?.cacheWriteTokens ?? {};
  const written = Object.values(writes).reduce((sum, tokens) => sum + tokens, 0);
  const cacheRead = usage?.cachedTokens ?? 0;
  const reasoning = usage?.reasoningTokens;
  const oneHour = writes["1h"] ?? 0;
  return {
    input_tokens: Math.max(0, (usage?.promptTokens ?? 0) - cacheRead - written),
    cache_creation_input_tokens: written,
    cache_read_input_tokens: cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: writes["5m"] ?? 0,
      ephemeral_1h_input_tokens: oneHour,
    },
    output_tokens: usage?.completionTokens ?? 0,
    ...(reasoning !== undefined && { output_tokens_details: { thinking_tokens: reasoning } }),
    service_tier: TIERS[usage?.serviceTier ?? ""] ?? null,
  };
}

/** The report at a stream's end has neither the tier nor the split by time to live. */
export function encodeDeltaUsage(usage: Usage | undefined): JsonObject {
  const { cache_creation: _split, service_tier: _tier, ...counts } = encodeUsage(usage);
  return counts;
}
