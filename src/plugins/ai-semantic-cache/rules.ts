import type { SemanticCacheOptions } from "./options.ts";

/** How answers of one model are kept and found. */
export interface Rules {
  readonly ttlSeconds: number;
  /** The largest distance that is a match. */
  readonly threshold: number;
  /** Whether what is near in meaning is looked at once more, word by word. */
  readonly verify: "words" | "off";
  /** The model is asked all the same. */
  readonly shadow: boolean;
}

/** By the name that the client has for a model. Undefined for one whose answers are not kept. */
export function rulesByModel(options: SemanticCacheOptions): (model: unknown) => Rules | undefined {
  const { cache_ttl: ttlSeconds, models, shadow, vectordb, verify } = options;
  const common: Rules = { ttlSeconds, threshold: vectordb.threshold, verify, shadow };
  if (!models) return () => common;
  const named = new Map<unknown, Rules>(
    Object.entries(models).map(([name, own]) => [
      name,
      {
        ttlSeconds: own.cache_ttl ?? ttlSeconds,
        threshold: own.threshold ?? common.threshold,
        verify: own.verify ?? verify,
        shadow: own.shadow ?? shadow,
      },
    ]),
  );
  return (model) => named.get(model);
}
