import { describe, expect, test } from "bun:test";
import { openSampleCall, sampleCall } from "../../tests/fixtures/sample-call.ts";
import { GatewayError } from "../chat/error.ts";
import { aiMetrics } from "./ai-metrics.ts";
import type { CallRecord } from "./call-record.ts";
import { createRegistry } from "./metrics.ts";

function scrape(record: CallRecord, consumer = ""): string {
  const registry = createRegistry();
  aiMetrics(registry)(record, consumer);
  return registry.text();
}

describe("aiMetrics", () => {
  const common =
    'ai_provider="openai",ai_model="gpt-4o",cache_status="",vector_db="",embeddings_provider="",embeddings_model="",workspace="default",consumer=""';

  test("names, labels and buckets", () => {
    const text = scrape(sampleCall());
    expect(text).toContain(`kong_ai_llm_requests_total{${common},request_mode="oneshot"} 1\n`);
    expect(text).toContain(`kong_ai_llm_cost_total{${common},request_mode="oneshot"} 0.00037\n`);
    for (const [type, count] of [
      ["prompt_tokens", 25],
      ["completion_tokens", 12],
      ["total_tokens", 37],
    ]) {
      expect(text).toContain(`kong_ai_llm_tokens_total{${common},token_type="${type}"} ${count}\n`);
    }
    const buckets = [...text.matchAll(/provider_latency_ms_bucket\{.*le="([^"]+)"\} (\d)/g)];
    expect(buckets.map(([, bound, count]) => `${bound}:${count}`).join(" ")).toBe(
      "250:0 500:0 1000:0 1500:0 2000:1 2500:1 3000:1 3500:1 4000:1 4500:1 5000:1 10000:1 30000:1 60000:1 +Inf:1",
    );
  });

  test("nothing is counted while statistics are off", () => {
    const failed = openSampleCall({ ai: { statistics: false } });
    for (const attempt of failed.attempts) attempt.error = new GatewayError("upstream_reset", "x");
    expect(scrape(failed)).toBe("");
    expect(scrape(sampleCall({ ai: null }))).toBe("");
  });

  test("cost and tokens of nothing have no series", () => {
    const usage = { promptTokens: 0, completionTokens: 0, totalTokens: 0 };
    const text = scrape(sampleCall({ ai: { usage, generatedBytes: 0 } }));
    expect(text).not.toContain("cost_total");
    expect(text).not.toContain("tokens_total");
  });

  test("times of a token, and attempts that failed", () => {
    const record = openSampleCall();
    const [attempt] = record.attempts;
    if (!attempt) throw new Error("the sample call has an attempt");
    record.attempts.push({ ...attempt, error: new GatewayError("upstream_reset", "x") });
    record.attempts.push({ ...attempt, status: 429 });
    for (const code of ["client_aborted", "request_timeout", "draining"] as const) {
      record.attempts.push({ ...attempt, error: new GatewayError(code, "x") });
    }
    // A vendor's own timeout is a failure of the vendor's.
    const vendors = new GatewayError("request_timeout", "x", { vendor: {} });
    record.attempts.push({ ...attempt, error: vendors });
    const text = scrape(record);
    const labels = `{${common},request_mode="oneshot"}`;
    expect(text).toContain(`kong_ai_llm_time_to_first_token_ms_count${labels} 1\n`);
    expect(text).toContain(`kong_ai_llm_time_per_output_token_ms_count${labels} 1\n`);
    expect(text).toMatch(
      /kong_ai_llm_upstream_errors_total\{ai_provider="openai",status="200"\} 2/,
    );
    expect(text).toMatch(
      /kong_ai_llm_upstream_errors_total\{ai_provider="openai",status="429"\} 1/,
    );
  });

  test("what a transformer's own model used is counted beside the call's", () => {
    const record = openSampleCall();
    record.plugins = {
      "ai-request-transformer": {
        meta: { provider_name: "mistral", request_model: "mistral-small", llm_latency: 300 },
        usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10, cost: 0.5 },
      },
      "ai-response-transformer": { payload: { request: "x" } },
    };
    const text = scrape(record);
    expect(text.match(/^kong_ai_llm_requests_total\{.*/gm)).toHaveLength(2);
    expect(text).toMatch(/kong_ai_llm_cost_total\{ai_provider="mistral".*\} 0\.5\n/);
    expect(text).toMatch(/tokens_total\{ai_provider="mistral".*token_type="total_tokens"\} 10\n/);
  });

  test("the cache's figures and the consumer are labels", () => {
    const record = openSampleCall({ routeType: null });
    record.plugins = {
      "proxy.cache": {
        cache_status: "Hit",
        vector_db: "redis",
        fetch_latency: 12,
        cost_savings: 0.25,
      },
    };
    const text = scrape(record, "42");
    expect(text).toContain('cache_status="Hit",vector_db="redis"');
    expect(text).toContain('consumer="42"');
    expect(text).toContain("kong_ai_cache_fetch_latency_count");
    expect(text).toMatch(/^kong_ai_proxy_cache_cost_savings\{.*\} 0\.25$/m);
    expect(text).not.toContain("provider_latency_ms");
  });
});
