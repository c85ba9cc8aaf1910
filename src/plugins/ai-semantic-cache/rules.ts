import type { SemanticCacheOptions } from "./options.ts";

/** How answers of one model are kept and found. */
export interface Rules {
  readonly ttlSeconds: number;
  /** The largest distance that is a match. */
  readonly threshold: number;
  /** Whether what is near in meaning is looked at once more, word by word. */
  readonly verify: "words" | "off";
}

/** By the name that the client has for a model. Undefined for one whose answers are not kept. */
export function rulesByModel(options: SemanticCacheOptions): (model: unknown) => Rules | undefined {
  const { cache_ttl: ttlSeconds, models, vectordb, verify } = options;
  const common: Rules = { ttlSeconds, threshold: vectordb.threshold, verify };
  if (!models) return () => common;
  const named = new Map<unknown, Rules>(
    Object.entries(models).map(([name, own]) => [
      name,
      {
        ttlSeconds: own.cache_ttl ?? ttlSeconds,
        threshold: own.threshold ?? common.threshold,
        verify: own.verify ?? verify,
      },
    ]),
  );
  return (model) => named.get(model);
}
