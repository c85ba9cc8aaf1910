import type { Embedder } from "../../embeddings/embedder.ts";
import type { ProcessState } from "../../gateway/call/process-state.ts";
import { createBreaker } from "../../redis/breaker.ts";
import { openVectorStore } from "../../vectors/open-vector-store.ts";
import type { VectorStore } from "../../vectors/vector-store.ts";
import { buildEmbedder } from "../build-embedder.ts";
import { definePlugin, type Plugin, type PluginContext } from "../define-plugin.ts";
import { answerCache } from "./answer-cache.ts";
import { type CachingSource, cachingAnswers } from "./caching-answers.ts";
import { createFlights } from "./flights.ts";
import { type Judge, judgeOf } from "./judge.ts";
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
  targets: ({ judge }) => (judge ? [judge] : []),
  create,
});

function create(options: SemanticCacheOptions, { id, processState }: PluginContext): Plugin {
  const { embeddings, vectordb } = options;
  const { metrics, operatorLog } = processState;
  const { dimensions } = vectordb;
  const embedder = buildEmbedder({ embeddings, dimensions }, processState);
  // What was kept before a reload is found after it, as long as vectors of the same model mean the same.
  const store = processState.kept.keep<VectorStore>(
    `ai-semantic-cache ${digest([id, embeddings.model, vectordb])}`,
    () =>
      openVectorStore(vectordb, {
        collection: id,
        now: Date.now,
        report: (change) => operatorLog.say("warn", change),
      }),
  );
  const cache = answerCache({
    store: store.value,
    embedder: guarded(embedder.value, (change) => operatorLog.say("warn", change)),
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
      onShadow: shadowCounter(options.judge && judgeOf(options.judge, id), processState),
    }),
    async close() {
      forget();
      embedder.release();
      if (store.release()) await store.value.close();
    },
  };
}

/** Its own clock ends sooner: this one only counts. */
const EMBEDDING_TIMEOUT_MS = 5_000;

/** After five failures in a row no call waits for it, until it answers again. */
function guarded(embedder: Embedder, report: (change: string) => void): Embedder {
  const name = `the embedding model ${embedder.model} of ${embedder.provider}`;
  const breaker = createBreaker({ name, report });
  return {
    ...embedder,
    embed: (texts, signal) =>
      breaker.run(() => embedder.embed(texts, signal), EMBEDDING_TIMEOUT_MS),
  };
}

/** Counts what the cache would have given, by whether it says what the model then said. */
function shadowCounter(
  judge: Judge | undefined,
  { metrics, operatorLog }: ProcessState,
): CachingSource["onShadow"] {
  return (compared, isSameText, call) => {
    if (isSameText || !judge) return metrics.cacheShadow.add(1, isSameText ? "same" : "different");
    judge(compared, call).then(
      (isSame) => metrics.cacheShadow.add(1, isSame ? "judged_same" : "judged_different"),
      (cause: unknown) => {
        metrics.cacheShadow.add(1, "unjudged");
        const reason = cause instanceof Error ? cause.message : String(cause);
        operatorLog.say("warn", `the judge of a semantic cache gave no verdict: ${reason}`);
      },
    );
  };
}

function sharedHits({ partition_by: parts }: SemanticCacheOptions) {
  if (parts) return [];
  const message =
    "all callers share answers: name `caller` to keep them apart, or `none` where that is meant";
  return [{ path: ["partition_by"], message }];
}
