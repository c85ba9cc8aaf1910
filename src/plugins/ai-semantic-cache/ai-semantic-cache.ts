import { openVectorStore } from "../../vectors/open-vector-store.ts";
import type { VectorStore } from "../../vectors/vector-store.ts";
import { buildEmbedder } from "../build-embedder.ts";
import { definePlugin, type Plugin, type PluginContext } from "../define-plugin.ts";
import { answerCache } from "./answer-cache.ts";
import { cachingAnswers } from "./caching-answers.ts";
import { createFlights } from "./flights.ts";
import { type SemanticCacheOptions, semanticCacheOptions } from "./options.ts";
import { digest } from "./partition.ts";
import { shownStore } from "./shown-store.ts";

export const aiSemanticCache = definePlugin({
  name: "ai-semantic-cache",
  priority: 765,
  about: "Answers what was asked before, in the same words or in others, without asking a model.",
  options: semanticCacheOptions,
  scopes: ["consumer", "consumer_group", "route", "service"],
  warnings: sharedHits,
  create,
});

function create(options: SemanticCacheOptions, { id, processState }: PluginContext): Plugin {
  const { embeddings, vectordb } = options;
  const { metrics } = processState;
  const { dimensions } = vectordb;
  const embedder = buildEmbedder({ embeddings, dimensions }, processState);
  // What was kept before a reload is found after it, as long as vectors of the same model mean the same.
  const store = processState.kept.keep<VectorStore>(
    `ai-semantic-cache ${digest([id, embeddings.model, vectordb])}`,
    () => openVectorStore(vectordb, { collection: id, now: Date.now }),
  );
  const cache = answerCache({
    store: store.value,
    embedder: embedder.value,
    options,
    nowMs: Date.now,
  });
  const forget = processState.answerStores.add(id, shownStore(store.value, id));
  return {
    handle: cachingAnswers({
      cache,
      flights: createFlights(),
      options,
      instanceId: id,
      onRefusal: (reason) => metrics.cacheRefusals.add(1, reason),
      onShadow: (isSame) => metrics.cacheShadow.add(1, isSame ? "same" : "different"),
    }),
    async close() {
      forget();
      embedder.release();
      if (store.release()) await store.value.close();
    },
  };
}

function sharedHits({ partition_by: parts }: SemanticCacheOptions) {
  if (parts) return [];
  const message =
    "all callers share answers, whoever they are: name `caller` in partition_by where an answer may hold what is one caller's own, or `none` where that is meant";
  return [{ path: ["partition_by"], message }];
}
