import type { AiRecord, CallRecord } from "./call-record.ts";
import { cost } from "./cost.ts";
import { llmLatencyMs, timeToFirstTokenMs } from "./elapsed.ts";
import { settledUsage } from "./estimate.ts";
import type { LabelValues, Registry } from "./metrics.ts";

export interface AiMetricsOptions {
  /** Before every name; the reference's is `kong_`. */
  readonly prefix: string;
  /** Whether series are kept apart by consumer. */
  readonly perConsumer: boolean;
}

const COMMON = [
  "ai_provider",
  "ai_model",
  "cache_status",
  "vector_db",
  "embeddings_provider",
  "embeddings_model",
  "workspace",
  "consumer",
] as const;
const REQUEST = [...COMMON, "request_mode"] as const;
const TOKENS = [...COMMON, "token_type"] as const;

/** https://developer.konghq.com/ai-gateway/monitor-ai-llm-metrics/ */
const LATENCY_BUCKETS_MS = [
  250, 500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000, 10_000, 30_000, 60_000,
];

/** The figures of model calls, under the names that dashboards of the reference ask for. */
export function aiMetrics(registry: Registry, options: AiMetricsOptions) {
  const metrics = register(registry, options.prefix);
  /** Counts a closed call; nothing unless its plugin logs statistics. */
  return function recordAiMetrics(record: CallRecord): void {
    const { ai } = record;
    if (!ai?.statistics) return;
    const common = commonLabels(record, ai, options);
    const usage = settledUsage(record, ai);
    const mode = ai.requestMode;
    const price = cost(usage, ai.prices);
    metrics.requests.add(1, ...common, mode);
    if (price > 0) metrics.cost.add(price, ...common, mode);
    addTokens(usage.promptTokens, "prompt_tokens");
    addTokens(usage.completionTokens, "completion_tokens");
    addTokens(usage.totalTokens, "total_tokens");

    const latencyMs = llmLatencyMs(record, ai);
    if (latencyMs !== undefined) {
      metrics.latency.observe(latencyMs, ...common, mode);
      if (usage.completionTokens > 0) {
        metrics.timePerToken.observe(latencyMs / usage.completionTokens, ...common, mode);
      }
    }
    const firstTokenMs = timeToFirstTokenMs(record, ai);
    if (firstTokenMs !== undefined) metrics.firstToken.observe(firstTokenMs, ...common, mode);
    countCache(record.plugins?.["proxy.cache"], [...common, mode]);
    countErrors(record);

    function addTokens(count: number, type: string): void {
      if (count > 0) metrics.tokens.add(count, ...common, type);
    }
  };

  function countCache(figures: unknown, labels: LabelValues<typeof REQUEST>): void {
    const fetchMs = member(figures, "fetch_latency");
    const embeddingsMs = member(figures, "embeddings_latency");
    if (typeof fetchMs === "number") metrics.cacheFetch.observe(fetchMs, ...labels);
    if (typeof embeddingsMs === "number") metrics.cacheEmbeddings.observe(embeddingsMs, ...labels);
  }

  function countErrors(record: CallRecord): void {
    for (const attempt of record.attempts) {
      if (!attempt.error) continue;
      metrics.upstreamErrors.add(1, attempt.provider, String(attempt.status ?? ""));
    }
  }
}

function register(registry: Registry, prefix: string) {
  const histogram = (name: string, help: string, buckets: readonly number[]) =>
    registry.histogram({ name: `${prefix}${name}`, help, labels: REQUEST, buckets });
  return {
    requests: registry.counter({
      name: `${prefix}ai_llm_requests_total`,
      help: "AI requests.",
      labels: REQUEST,
    }),
    cost: registry.counter({
      name: `${prefix}ai_llm_cost_total`,
      help: "Cost of AI requests, in the currency of the configured prices.",
      labels: REQUEST,
    }),
    tokens: registry.counter({
      name: `${prefix}ai_llm_tokens_total`,
      help: "Tokens of AI requests; the total is a type of its own.",
      labels: TOKENS,
    }),
    latency: histogram(
      "ai_llm_provider_latency_ms",
      "Milliseconds that the model took.",
      LATENCY_BUCKETS_MS,
    ),
    firstToken: histogram(
      "ai_llm_time_to_first_token_ms",
      "Milliseconds from the request to the first token.",
      LATENCY_BUCKETS_MS,
    ),
    timePerToken: histogram(
      "ai_llm_time_per_output_token_ms",
      "Milliseconds for each generated token.",
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    ),
    cacheFetch: histogram(
      "ai_cache_fetch_latency",
      "Milliseconds that a look into the semantic cache took.",
      LATENCY_BUCKETS_MS,
    ),
    cacheEmbeddings: histogram(
      "ai_cache_embeddings_latency",
      "Milliseconds that the embedding for the semantic cache took.",
      LATENCY_BUCKETS_MS,
    ),
    upstreamErrors: registry.counter({
      name: `${prefix}ai_llm_upstream_errors_total`,
      help: "Failed attempts at a model; the status is empty when no answer came.",
      labels: ["ai_provider", "status"],
    }),
  };
}

function commonLabels(
  record: CallRecord,
  ai: AiRecord,
  options: AiMetricsOptions,
): LabelValues<typeof COMMON> {
  const cache = record.plugins?.["proxy.cache"];
  const { consumer } = record;
  return [
    ai.provider,
    ai.requestModel,
    text(member(cache, "cache_status")),
    text(member(cache, "vector_db")),
    text(member(cache, "embeddings_provider")),
    text(member(cache, "embeddings_model")),
    "default",
    options.perConsumer ? (consumer?.username ?? consumer?.customId ?? "") : "",
  ];
}

function member(figures: unknown, name: string): unknown {
  if (typeof figures !== "object" || figures === null) return undefined;
  return Reflect.get(figures, name);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
