import type { Call } from "../../gateway/call/call.ts";
import { noteFigures } from "../../telemetry/call-record.ts";
import type { Look, Refusal } from "./answer-cache.ts";
import type { SemanticCacheOptions } from "./options.ts";

/** What became of a call; the value of `X-Cache-Status`. */
export type Status = "Hit" | "Miss" | "Bypass" | "Refresh";

/** What the call's log says of the cache, as `ai.proxy.cache`. */
export interface Figures {
  cache_status: Status;
  vector_db: string;
  embeddings_provider?: string;
  embeddings_model?: string;
  /** Milliseconds. */
  embeddings_latency?: number;
  /** Milliseconds. */
  fetch_latency?: number;
  /** Of the question that was found, from the one that was asked. */
  distance?: number;
  cost_savings?: number;
  /** What was near in meaning, and not given. */
  refused?: readonly Refusal[];
  /** The answer was another call's, which was under way. */
  joined?: true;
  /** What would have been given, where the cache only watches. */
  shadow?: { key: string; distance: number; same_text?: boolean };
  /** Why nothing could be looked up, or kept. */
  store_error?: string;
}

/** Notes how it went. What is found out later is set in what this gives, as long as the call's record is open. */
export function noted(
  call: Call,
  status: Status,
  { embeddings, vectordb }: Pick<SemanticCacheOptions, "embeddings" | "vectordb">,
  look?: Look,
  more?: Partial<Figures>,
): Figures {
  const { model } = embeddings;
  const figures: Figures = {
    cache_status: status,
    vector_db: vectordb.strategy,
    ...(look?.embeddingMs !== undefined && {
      embeddings_provider: model.provider,
      embeddings_model: model.name,
      embeddings_latency: look.embeddingMs,
    }),
    ...more,
  };
  noteFigures(call.record, "proxy.cache", figures);
  return figures;
}
