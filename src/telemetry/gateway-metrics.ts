import { type Attempt, type CallRecord, failureCode, shownStatus } from "./call-record.ts";
import { settledUsage } from "./estimate.ts";
import { createRegistry, type Registry } from "./metrics.ts";

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

/** One process has one set of counters: they outlive every configuration. */
export const processRegistry = createRegistry();
export const processMetrics = gatewayMetrics(processRegistry);
