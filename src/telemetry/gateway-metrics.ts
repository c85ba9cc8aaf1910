import { type Attempt, type CallRecord, failureCode, shownStatus } from "./call-record.ts";
import { elapsed } from "./elapsed.ts";
import { settledUsage } from "./estimate.ts";
import { MAX_BILLED_SERIES, type Registry } from "./metrics.ts";

export type GatewayMetrics = ReturnType<typeof gatewayMetrics>;

/** What the gateway counts of itself, whatever plugins are configured. */
export function gatewayMetrics(registry: Registry) {
  return {
    requests: registry.counter({
      name: "dragoman_requests_total",
      help: "Finished client requests, by the status that the client saw.",
      labels: ["code"],
    }),
    inFlight: registry.gauge({
      name: "dragoman_requests_in_flight",
      help: "Client requests that are not finished yet.",
      labels: [],
    }),
    bodyBytes: registry.sampled({
      name: "dragoman_request_body_bytes_in_flight",
      help: "Bytes of request bodies that are held in memory.",
    }),
    bodyBytesLimit: registry.sampled({
      name: "dragoman_request_body_bytes_limit",
      help: "Bytes of request bodies that are held at most; past it calls are answered with 503.",
    }),
    bodiesShed: registry.counter({
      name: "dragoman_request_bodies_shed_total",
      help: "Request bodies that were not read because too many bytes were in flight.",
      labels: [],
    }),
    streamsInFlight: registry.gauge({
      name: "dragoman_streams_in_flight",
      help: "Answers that are being streamed to their clients.",
      labels: [],
    }),
    upstreamErrors: registry.counter({
      name: "dragoman_upstream_errors_total",
      help: "Upstream attempts that failed, by provider and error code.",
      labels: ["provider", "code"],
    }),
    logDrops: registry.counter({
      name: "dragoman_log_entries_dropped_total",
      help: "Log entries that never reached their receiver, by sink and reason.",
      labels: ["sink", "reason"],
    }),
    logFailures: registry.counter({
      name: "dragoman_log_sink_failures_total",
      help: "Log sinks that threw while they were shown a finished call.",
      labels: [],
    }),
    cacheRefusals: registry.counter({
      name: "dragoman_cache_refusals_total",
      help: "Answers to questions that are near in meaning, which a semantic cache did not give: the words are not the same.",
      labels: ["reason"],
    }),
    cacheShadow: registry.counter({
      name: "dragoman_cache_shadow_total",
      help: "Answers that a semantic cache in shadow mode would have given, by what the model then said: the same text, or the same in a judge's eyes.",
      labels: ["verdict"],
    }),
    possibleDuplicates: registry.counter({
      name: "dragoman_possible_duplicates_total",
      help: "Upstream requests sent again although the first may have been received.",
      labels: [],
    }),
    fidelityNotices: registry.counter({
      name: "dragoman_fidelity_notices_total",
      help: "Parts of requests that a target could not carry whole, by provider and what became of them.",
      labels: ["provider", "kind"],
    }),
    usageEstimated: registry.counter({
      name: "dragoman_usage_estimated_total",
      help: "Calls whose token counts are estimates because the vendor reported none, by provider.",
      labels: ["provider"],
    }),
    configGeneration: registry.gauge({
      name: "dragoman_config_generation",
      help: "How many configurations have been taken into use since the start.",
      labels: [],
    }),
    configLastReloadSuccess: registry.gauge({
      name: "dragoman_config_last_reload_success",
      help: "1 when the newest configuration is in use, 0 when it was refused.",
      labels: [],
    }),
  };
}

/** Counts a closed call. */
export function countCall(metrics: GatewayMetrics, record: CallRecord): void {
  const { ai, attempts, questions } = record;
  metrics.requests.add(1, String(shownStatus(record)));
  countFailures(metrics, attempts);
  if (questions) for (const question of questions) countFailures(metrics, question.attempts);
  if (ai && settledUsage(record, ai).estimated) metrics.usageEstimated.add(1, ai.targetName);
}

function countFailures(metrics: GatewayMetrics, attempts: readonly Attempt[]): void {
  for (const attempt of attempts) {
    const code = failureCode(attempt);
    if (code !== undefined) metrics.upstreamErrors.add(1, attempt.targetName, code);
  }
}

/** What is counted of a call, beside its model. */
export interface HttpMetricsWanted {
  readonly statuses: boolean;
  readonly latencies: boolean;
  readonly bandwidth: boolean;
}

const GATEWAY_BUCKETS_MS = [
  1, 2, 5, 7, 10, 15, 20, 30, 50, 75, 100, 200, 500, 750, 1000, 3000, 6000,
];
const UPSTREAM_BUCKETS_MS = [
  25, 50, 80, 100, 250, 400, 700, 1000, 2000, 5000, 10_000, 30_000, 60_000,
];
const WORKSPACE = "default";

/**
 * The figures of calls under the names that dashboards of the reference ask for
 * (https://developer.konghq.com/plugins/prometheus/). Sizes are body bytes.
 */
export function httpMetrics(registry: Registry) {
  const requests = registry.counter({
    name: "kong_http_requests_total",
    help: "Finished calls by route and by the status that the client saw.",
    labels: ["service", "route", "code", "source", "workspace", "consumer"],
    maxSeries: MAX_BILLED_SERIES,
  });
  const latency = (name: string, help: string, buckets: readonly number[]) =>
    registry.histogram({ name, help, labels: ["service", "route", "workspace"], buckets });
  const gatewayMs = latency(
    "kong_kong_latency_ms",
    "Milliseconds from a call's arrival until it was first sent on.",
    GATEWAY_BUCKETS_MS,
  );
  const upstreamMs = latency(
    "kong_upstream_latency_ms",
    "Milliseconds from sending a call on until the head of its answer.",
    UPSTREAM_BUCKETS_MS,
  );
  const requestMs = latency(
    "kong_request_latency_ms",
    "Milliseconds from a call's arrival to the last byte of its answer.",
    UPSTREAM_BUCKETS_MS,
  );
  const bandwidth = registry.counter({
    name: "kong_bandwidth_bytes",
    help: "Body bytes of requests (ingress) and of answers (egress).",
    labels: ["service", "route", "direction", "workspace", "consumer"],
    maxSeries: MAX_BILLED_SERIES,
  });

  /** Counts a closed call; nothing for one that found no route. */
  return function recordHttpMetrics(
    record: CallRecord,
    wanted: HttpMetricsWanted,
    consumer: string,
  ): void {
    if (!record.route) return;
    const service = record.service?.name ?? record.service?.host ?? "";
    const route = record.route.name ?? record.route.id;
    if (wanted.statuses) {
      const source = record.source === "upstream" ? "service" : "kong";
      requests.add(1, service, route, String(shownStatus(record)), source, WORKSPACE, consumer);
    }
    if (wanted.latencies) {
      const times = elapsed(record);
      requestMs.observe(times.requestMs, service, route, WORKSPACE);
      gatewayMs.observe(times.gatewayMs, service, route, WORKSPACE);
      if (times.waitingMs !== undefined) {
        upstreamMs.observe(times.waitingMs, service, route, WORKSPACE);
      }
    }
    if (wanted.bandwidth) {
      const [into, out] = [record.request.size, record.response?.size ?? 0];
      if (into > 0) bandwidth.add(into, service, route, "ingress", WORKSPACE, consumer);
      if (out > 0) bandwidth.add(out, service, route, "egress", WORKSPACE, consumer);
    }
  };
}
