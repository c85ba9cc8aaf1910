import { type CallRecord, shownStatus } from "./call-record.ts";
import { elapsed } from "./elapsed.ts";
import { MAX_BILLED_SERIES, type Registry } from "./metrics.ts";

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
