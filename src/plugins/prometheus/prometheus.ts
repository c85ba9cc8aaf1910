import { z } from "zod";
import type { CallRecord } from "../../telemetry/call-record.ts";
import { definePlugin, type OptionsWarning } from "../define-plugin.ts";

const options = z.strictObject({
  per_consumer: z
    .boolean()
    .default(false)
    .describe("Keep the series apart by consumer: its username, or else its `custom_id`."),
  status_code_metrics: z
    .boolean()
    .default(false)
    .describe("Count calls by service, route and status (`kong_http_requests_total`)."),
  ai_metrics: z
    .boolean()
    .default(false)
    .describe(
      "Count requests, tokens, cost and times by provider and model (`kong_ai_llm_…`), of proxy plugins whose `log_statistics` is on.",
    ),
  latency_metrics: z
    .boolean()
    .default(false)
    .describe(
      "Measure how long calls take, by service and route (`kong_request_latency_ms`, `kong_upstream_latency_ms`, `kong_kong_latency_ms`).",
    ),
  bandwidth_metrics: z
    .boolean()
    .default(false)
    .describe("Count body bytes by service, route and direction (`kong_bandwidth_bytes`)."),
  upstream_health_metrics: z
    .boolean()
    .default(false)
    .describe("Taken, and without effect: it concerns upstream entities, which are not built yet."),
  wasm_metrics: z
    .boolean()
    .default(false)
    .describe("Taken, and without effect: there are no WebAssembly filters here."),
});

type Options = z.output<typeof options>;

export const prometheus = definePlugin({
  name: "prometheus",
  priority: 13,
  about: "Counts finished calls for Prometheus, at `/metrics` of the admin listener.",
  options,
  scopes: ["consumer", "consumer_group", "route", "service"],
  warnings,
  create(config, { processState: { metrics } }) {
    const wanted = {
      statuses: config.status_code_metrics,
      latencies: config.latency_metrics,
      bandwidth: config.bandwidth_metrics,
    };
    return {
      log(record) {
        const consumer = config.per_consumer ? consumerOf(record) : "";
        metrics.recordHttp(record, wanted, consumer);
        if (config.ai_metrics) metrics.recordAi(record, consumer);
      },
    };
  },
});

function consumerOf({ consumer }: CallRecord): string {
  return consumer?.username ?? consumer?.customId ?? "";
}

function warnings(config: Options): readonly OptionsWarning[] {
  const none = {
    upstream_health_metrics: "there are no upstream entities here, so there is no health to show",
    wasm_metrics: "there are no WebAssembly filters here, so there is nothing to show of them",
  };
  const names = ["upstream_health_metrics", "wasm_metrics"] as const;
  return names
    .filter((name) => config[name])
    .map((name) => ({ path: [name], message: none[name] }));
}
