import { type AiRecord, type CallRecord, failureCode } from "./call-record.ts";
import { cost } from "./cost.ts";
import { llmLatencyMs, timeToFirstTokenMs } from "./elapsed.ts";
import { settledUsage } from "./estimate.ts";
import { type LabelValues, MAX_BILLED_SERIES, type Registry } from "./metrics.ts";

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

/** Plugins that ask a model of their own, by the key of their figures in a record. */
const ASKING_PLUGINS = ["ai-request-transformer", "ai-response-transformer"] as const;

/** What was used of one model on behalf of one call. */
interface ModelUse {
  readonly provider: string;
  readonly model: string;
  readonly mode: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly totalTokens: number;
  readonly cost: number;
  /** Absent when no model was asked. */
  readonly latencyMs: number | undefined;
  readonly firstTokenMs: number | undefined;
}

/** The figures of model calls, under the names that dashboards of the reference ask for. */
export function aiMetrics(registry: Registry) {
  const metrics = register(registry);
  /** Counts a closed call under this consumer; nothing of a plugin that logs no statistics. */
  return function recordAiMetrics(record: CallRecord, consumer: string): void {
    const { ai, questions } = record;
    for (const plugin of ASKING_PLUGINS) {
      const use = usedByPlugin(record.plugins?.[plugin]);
      if (use) count(use, undefined, consumer);
    }
    if (questions) for (const question of questions) countFailures(question);
    if (!ai?.statistics) return;
    count(usedByCall(record, ai), record.plugins?.["proxy.cache"], consumer);
    countFailures(record);
  };

  function countFailures({ ai, attempts }: CallRecord): void {
    if (!ai?.statistics) return;
    for (const attempt of attempts) {
      if (failureCode(attempt) === undefined) continue;
      metrics.upstreamErrors.add(1, attempt.targetName, String(attempt.status ?? ""));
    }
  }

  function count(use: ModelUse, cache: unknown, consumer: string): void {
    const common = commonLabels(use, cache, consumer);
    const labels: LabelValues<typeof REQUEST> = [...common, use.mode];
    metrics.requests.add(1, ...labels);
    if (use.cost > 0) metrics.cost.add(use.cost, ...labels);
    if (use.promptTokens > 0) metrics.tokens.add(use.promptTokens, ...common, "prompt_tokens");
    if (use.completionTokens > 0) {
      metrics.tokens.add(use.completionTokens, ...common, "completion_tokens");
    }
    if (use.totalTokens > 0) metrics.tokens.add(use.totalTokens, ...common, "total_tokens");
    countCache(cache, labels);
    if (use.firstTokenMs !== undefined) metrics.firstToken.observe(use.firstTokenMs, ...labels);
    if (use.latencyMs === undefined) return;
    metrics.latency.observe(use.latencyMs, ...labels);
    if (use.completionTokens === 0) return;
    metrics.timePerToken.observe(use.latencyMs / use.completionTokens, ...labels);
  }

  function countCache(figures: unknown, labels: LabelValues<typeof REQUEST>): void {
    const fetchMs = member(figures, "fetch_latency");
    const embeddingsMs = member(figures, "embeddings_latency");
    if (typeof fetchMs === "number") metrics.cacheFetch.observe(fetchMs, ...labels);
    const saved = number(member(figures, "cost_savings"));
    if (saved > 0) metrics.cacheSavings.add(saved, ...labels);
    if (typeof embeddingsMs === "number") metrics.cacheEmbeddings.observe(embeddingsMs, ...labels);
  }
}

function usedByCall(record: CallRecord, ai: AiRecord): ModelUse {
  const usage = settledUsage(record, ai);
  return {
    provider: ai.targetName,
    model: ai.requestModel,
    mode: ai.requestMode,
    promptTokens: usage.promptTokens,
    completionTokens: usage.completionTokens,
    totalTokens: usage.totalTokens,
    cost: cost(usage, ai.prices),
    latencyMs: llmLatencyMs(record, ai),
    firstTokenMs: timeToFirstTokenMs(record, ai),
  };
}

/** From what such a plugin says in the log; undefined where it logs no statistics. */
function usedByPlugin(figures: unknown): ModelUse | undefined {
  const meta = member(figures, "meta");
  const usage = member(figures, "usage");
  if (meta === undefined || usage === undefined) return undefined;
  return {
    provider: text(member(meta, "provider_name")),
    model: text(member(meta, "request_model")),
    mode: "oneshot",
    promptTokens: number(member(usage, "prompt_tokens")),
    completionTokens: number(member(usage, "completion_tokens")),
    totalTokens: number(member(usage, "total_tokens")),
    cost: number(member(usage, "cost")),
    latencyMs: number(member(meta, "llm_latency")),
    firstTokenMs: undefined,
  };
}

function register(registry: Registry) {
  const billed = { labels: REQUEST, maxSeries: MAX_BILLED_SERIES };
  const histogram = (name: string, help: string, buckets: readonly number[]) =>
    registry.histogram({ name, help, labels: REQUEST, buckets });
  return {
    requests: registry.counter({
      ...billed,
      name: "kong_ai_llm_requests_total",
      help: "AI requests.",
    }),
    cost: registry.counter({
      ...billed,
      name: "kong_ai_llm_cost_total",
      help: "Cost of AI requests, in the currency of the configured prices.",
    }),
    tokens: registry.counter({
      name: "kong_ai_llm_tokens_total",
      help: "Tokens of AI requests; the total is a type of its own.",
      labels: TOKENS,
      maxSeries: MAX_BILLED_SERIES,
    }),
    latency: histogram(
      "kong_ai_llm_provider_latency_ms",
      "Milliseconds that the model took.",
      LATENCY_BUCKETS_MS,
    ),
    firstToken: histogram(
      "kong_ai_llm_time_to_first_token_ms",
      "Milliseconds from the request to the first token.",
      LATENCY_BUCKETS_MS,
    ),
    timePerToken: histogram(
      "kong_ai_llm_time_per_output_token_ms",
      "Milliseconds for each generated token.",
      [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
    ),
    cacheFetch: histogram(
      "kong_ai_cache_fetch_latency",
      "Milliseconds that a look into the semantic cache took.",
      LATENCY_BUCKETS_MS,
    ),
    cacheSavings: registry.counter({
      ...billed,
      name: "kong_ai_proxy_cache_cost_savings",
      help: "What answers from the semantic cache would have cost, in the currency of the configured prices.",
    }),
    cacheEmbeddings: histogram(
      "kong_ai_cache_embeddings_latency",
      "Milliseconds that the embedding for the semantic cache took.",
      LATENCY_BUCKETS_MS,
    ),
    upstreamErrors: registry.counter({
      name: "kong_ai_llm_upstream_errors_total",
      help: "Failed attempts at a model; the status is empty when no answer came.",
      labels: ["ai_provider", "status"],
    }),
  };
}

function commonLabels(use: ModelUse, cache: unknown, consumer: string): LabelValues<typeof COMMON> {
  return [
    use.provider,
    use.model,
    text(member(cache, "cache_status")),
    text(member(cache, "vector_db")),
    text(member(cache, "embeddings_provider")),
    text(member(cache, "embeddings_model")),
    "default",
    consumer,
  ];
}

function member(figures: unknown, name: string): unknown {
  if (typeof figures !== "object" || figures === null) return undefined;
  return Reflect.get(figures, name);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
