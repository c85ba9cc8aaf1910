import type { SemanticCacheOptions } from "./options.ts";

/** How answers of one model are kept and found. */
export interface Rules {
  readonly ttlSeconds: number;
  /** The largest distance that is a match. */
  readonly threshold: number;
}

/** By the name that the client has for a model. Undefined for one whose answers are not kept. */
export function rulesByModel(options: SemanticCacheOptions): (model: unknown) => Rules | undefined {
  const { cache_ttl: ttlSeconds, models, vectordb } = options;
  const common = { ttlSeconds, threshold: vectordb.threshold };
  if (!models) return () => common;
  const named = new Map<unknown, Rules>(
    Object.entries(models).map(([name, own]) => [
      name,
      { ttlSeconds: own.cache_ttl ?? ttlSeconds, threshold: own.threshold ?? common.threshold },
    ]),
  );
  return (model) => named.get(model);
}
