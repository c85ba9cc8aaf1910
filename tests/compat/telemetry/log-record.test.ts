import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { GatewayError } from "../../../src/chat/error.ts";
import { foldedName } from "../../../src/chat/folded-name.ts";
import {
  type AiRecord,
  type CallRecord,
  closeRecord,
  hideNames,
  publish,
} from "../../../src/telemetry/call-record.ts";
import { encodeLogRecord } from "../../../src/telemetry/log-record.ts";
import { openSampleCall, type SampleCall, sampleCall } from "../../fixtures/sample-call.ts";

function logged(record: CallRecord) {
  return JSON.parse(encodeLogRecord(record));
}

function proxyLog(sample: SampleCall) {
  return logged(sampleCall(sample)).ai.proxy;
}

describe("the log record", () => {
  test("has this shape", () => {
    expect(logged(sampleCall({ uri: "/chat?a=1&a=2&b" }))).toEqual({
      request: {
        id: "5c1d2f00aa",
        uri: "/chat?a=1&a=2&b",
        url: "http://gateway.test:8000/chat",
        querystring: { a: ["1", "2"], b: "" },
        method: "POST",
        headers: { "content-type": "application/json" },
        size: 80,
      },
      upstream_uri: "/v1/chat/completions",
      upstream_status: "200",
      response: { status: 200, headers: { "content-type": "application/json" }, size: 300 },
      latencies: { request: 1560, kong: 10, proxy: 1537, receive: 13 },
      tries: [{ balancer_start: 1_700_000_000_010, host: "api.openai.com", port: 443, code: 200 }],
      route: { id: "r1", name: "chat" },
      service: { id: "s1", name: "models", host: "localhost" },
      client_ip: "203.0.113.9",
      started_at: 1_700_000_000_000,
      source: "upstream",
      workspace: "default",
      workspace_name: "default",
      ai: {
        proxy: {
          meta: {
            plugin_id: "b1f5e8c4",
            provider_name: "openai",
            request_model: "gpt-4o",
            response_model: "gpt-4o-2024-08-06",
            request_mode: "oneshot",
            llm_latency: 1542,
          },
          usage: {
            prompt_tokens: 25,
            completion_tokens: 12,
            total_tokens: 37,
            time_per_token: 128.5,
            time_to_first_token: 1542,
            cost: 0.00037,
          },
          tried_targets: [
            {
              provider: "openai",
              model: "gpt-4o",
              host: "api.openai.com",
              port: 443,
              upstream_scheme: "https",
              upstream_uri: "/v1/chat/completions",
              route_type: "llm/v1/chat",
              status: 200,
              latency_ms: 1537,
            },
          ],
        },
      },
    });
  });

  test("names the consumer and the credential", () => {
    const record = openSampleCall({ ai: null });
    record.consumer = { id: "c1", username: "ada", customId: "42" };
    record.authenticatedEntity = { id: "k1", consumerId: "c1" };
    expect(logged(record)).toMatchObject({
      consumer: { id: "c1", username: "ada", custom_id: "42" },
      authenticated_entity: { id: "k1", consumer_id: "c1" },
    });
  });

  test("of a call that never went upstream", () => {
    const log = logged(sampleCall({ ai: {}, routeType: null }));
    expect(log).toMatchObject({
      upstream_uri: "",
      upstream_status: "",
      tries: [],
      source: "kong",
      latencies: { request: 1560, kong: 1560, proxy: -1, receive: 0 },
    });
    expect(log.ai.proxy.meta).not.toHaveProperty("llm_latency");
    expect(log.ai.proxy.usage).not.toHaveProperty("time_per_token");
  });

  test("is encoded once, and parses back to itself", () => {
    const record = sampleCall();
    const line = encodeLogRecord(record);
    record.notices = [{ kind: "dropped", field: "seed", reason: "late" }];
    expect(encodeLogRecord(record)).toBe(line);
    const anyText = fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units));
    fc.assert(
      fc.property(anyText, anyText, (text, query) => {
        const ai = { requestModel: text, payloads: true, payloadRequest: text };
        const encoded = encodeLogRecord(sampleCall({ uri: `/chat?${query}`, ai }));
        const parsed = JSON.parse(encoded);
        expect(JSON.parse(JSON.stringify(parsed))).toEqual(parsed);
        expect(parsed.ai.proxy.payload.request).toBe(text);
        expect(encoded).not.toContain("\n");
      }),
    );
  });
});

describe("ai.proxy", () => {
  test("time per token is the unrounded quotient", () => {
    const usage = { promptTokens: 9, completionTokens: 124, totalTokens: 133 };
    const log = proxyLog({ ai: { usage } });
    expect(log.usage.time_per_token).toBeCloseTo(12.435483870968, 10);
    expect(log.usage.time_to_first_token).toBe(1542);
  });

  test("a stream's latency lasts to its end, its first token counts from the request", () => {
    const log = proxyLog({ ai: { requestMode: "stream", firstTokenAtMs: 350.5 } });
    expect(log.meta).toMatchObject({ request_mode: "stream", llm_latency: 1555 });
    expect(log.usage.time_to_first_token).toBe(250.5);
  });

  test("a stream made of a whole answer has that answer's times", () => {
    const ai = { requestMode: "stream", upstreamMode: "oneshot", firstTokenAtMs: 1650 } as const;
    const log = proxyLog({ ai });
    expect(log.meta).toMatchObject({ request_mode: "stream", llm_latency: 1542 });
    expect(log.usage.time_to_first_token).toBe(1542);
  });

  test("token details", () => {
    const usage = {
      promptTokens: 100,
      completionTokens: 50,
      totalTokens: 150,
      cachedTokens: 40,
      cacheWriteTokens: { "5m": 10, "1h": 5 },
      reasoningTokens: 20,
      promptAudioTokens: 1,
      completionAudioTokens: 2,
      acceptedPredictionTokens: 3,
      rejectedPredictionTokens: 4,
    };
    expect(proxyLog({ ai: { usage } }).usage).toMatchObject({
      prompt_tokens_details: {
        cached_tokens: 40,
        audio_tokens: 1,
        cache_write_tokens: 15,
        cache_write_tokens_by_ttl: { "5m": 10, "1h": 5 },
      },
      completion_tokens_details: {
        reasoning_tokens: 20,
        audio_tokens: 2,
        accepted_prediction_tokens: 3,
        rejected_prediction_tokens: 4,
      },
    });
  });

  test("speech and images are counted as input and output tokens", () => {
    const log = proxyLog({ routeType: "image/v1/images/generations" });
    expect(log.usage).toMatchObject({ input_tokens: 25, output_tokens: 12, total_tokens: 37 });
    expect(log.usage).not.toHaveProperty("prompt_tokens");
  });

  test("vendor coordinates, unknown models and estimates", () => {
    const record = openSampleCall();
    const unreported: AiRecord = {
      pluginId: "p",
      statistics: true,
      payloads: false,
      provider: "azure",
      targetName: "azure",
      requestModel: "",
      requestMode: "stream",
      coordinates: { azure_instance_id: "i", azure_deployment_id: "d", azure_api_version: "v" },
      prices: {},
      parsedAtMs: 105,
      firstTokenAtMs: 120,
      estimatedPromptTokens: 9,
      generatedBytes: 41,
    };
    record.ai = unreported;
    closeRecord(record, { endedAtMs: 1660 });
    const { meta, usage } = logged(record).ai.proxy;
    expect(meta).toMatchObject({
      azure_instance_id: "i",
      azure_deployment_id: "d",
      azure_api_version: "v",
      request_model: "UNSPECIFIED",
      response_model: "UNSPECIFIED",
    });
    expect(usage).toMatchObject({
      prompt_tokens: 9,
      completion_tokens: 11,
      total_tokens: 20,
      cost: 0,
      estimated: true,
    });
  });

  test("a failed call logs its meta, zero usage and every target tried", () => {
    const record = openSampleCall();
    record.attempts.length = 0;
    record.attempts.push({
      provider: "gemini",
      targetName: "gemini",
      model: "gemini-2.5-pro",
      routeType: "llm/v1/chat",
      scheme: "https",
      host: "generativelanguage.googleapis.com",
      port: 443,
      uri: "/v1beta/models/gemini-2.5-pro:generateContent?key=canary",
      startedAtMs: 110,
      error: new GatewayError("upstream_reset", "reset"),
    });
    record.ai = { ...(record.ai ?? fail()), generatedBytes: 0 };
    delete record.ai.usage;
    closeRecord(record, { endedAtMs: 200 });
    const { meta, usage, tried_targets } = logged(record).ai.proxy;
    expect(meta).toMatchObject({ provider_name: "openai", llm_latency: 95 });
    expect(usage).toEqual({
      prompt_tokens: 0,
      completion_tokens: 0,
      total_tokens: 0,
      time_per_token: 0,
      time_to_first_token: 95,
      cost: 0,
    });
    expect(tried_targets[0]).toMatchObject({
      error: "upstream_reset",
      upstream_uri: "/v1beta/models/gemini-2.5-pro:generateContent?key=REDACTED",
    });
  });

  test("a broken stream, a client that left, and notices are told", () => {
    const record = openSampleCall();
    record.notices = [{ kind: "dropped", field: "logprobs", reason: "No seat." }];
    const streamError = new GatewayError("upstream_reset", "lost Bearer sk-abcdefghijklmnop");
    closeRecord(record, { endedAtMs: 1660, clientAborted: true, streamError });
    const log = logged(record);
    expect(log.client_aborted).toBe(true);
    expect(log.ai.proxy.meta.stream_error).toEqual({
      code: "upstream_reset",
      message: "lost REDACTED",
    });
    expect(log.ai.proxy.notices).toEqual([
      { kind: "dropped", field: "logprobs", reason: "No seat." },
    ]);
  });
});

describe("the logging switches", () => {
  const bodies = { payloadRequest: "in", payloadResponse: "out" };

  test("both off: no ai key", () => {
    const ai = { statistics: false, payloads: false, ...bodies };
    expect(logged(sampleCall({ ai }))).not.toHaveProperty("ai");
    expect(logged(sampleCall({ ai: null }))).not.toHaveProperty("ai");
  });

  test("payloads alone", () => {
    const log = logged(sampleCall({ ai: { statistics: false, payloads: true, ...bodies } }));
    expect(log.ai).toEqual({ proxy: { payload: { request: "in", response: "out" } } });
  });

  test("statistics alone", () => {
    expect(Object.keys(proxyLog({ ai: bodies }))).toEqual(["meta", "usage", "tried_targets"]);
  });

  test("other plugins' figures stand beside, those inside proxy need the statistics", () => {
    const on = openSampleCall();
    const off = openSampleCall({ ai: { statistics: false } });
    for (const record of [on, off]) {
      record.plugins = { sanitizer: { pii: 1 }, "proxy.cache": { cache_status: "Miss" } };
    }
    expect(logged(on).ai).toMatchObject({
      sanitizer: { pii: 1 },
      proxy: { meta: {}, cache: { cache_status: "Miss" } },
    });
    expect(logged(off).ai).toEqual({ sanitizer: { pii: 1 } });
  });
});

describe("secrets", () => {
  test("no credential of any header or query argument reaches the line", () => {
    const canary = "canary-5f0e7c";
    const names = [
      "Authorization",
      "Proxy-Authorization",
      "apikey",
      "X-API-Key",
      "api-key",
      "x-goog-api-key",
      "Cookie",
      "Set-Cookie",
      "X-My-Own-Key",
      "sec-websocket-protocol",
    ];
    const query = [
      "key",
      "api_key",
      "apikey",
      "access_token",
      "token",
      "KEY",
      "my_secret",
      "%6bey",
    ];
    const uri = `/chat?ok=1&${query.map((name) => `${name}=${canary}`).join("&")}`;
    const headers = Object.fromEntries(names.map((name) => [name, canary]));
    const record = openSampleCall({
      uri: `${uri}&next=/a?token=${canary}`,
      requestHeaders: { ...headers, referer: `https://a.test${uri}` },
      responseHeaders: { ...headers, location: `https://a.test${uri}` },
    });
    hideNames(record, new Set([foldedName("x-my-own-key")]));
    hideNames(record, new Set([foldedName("my_secret")]));
    record.attempts[0] = { ...(record.attempts[0] ?? fail()), uri };
    closeRecord(record, { endedAtMs: 1660 });
    const line = encodeLogRecord(record);
    expect(line).not.toContain(canary);
    const { request } = JSON.parse(line);
    expect(request.headers.authorization).toBe("REDACTED");
    expect(request.querystring.ok).toBe("1");
    expect(request.querystring.my_secret).toBe("REDACTED");
  });

  test("nothing that a terminal obeys leaves unescaped", () => {
    const evil = "a\nb\u001b[31m\u009b\u202e\u2066\u2028\u007f";
    const line = encodeLogRecord(sampleCall({ ai: { requestModel: evil } }));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be absent.
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
    expect(JSON.parse(line).ai.proxy.meta.request_model).toBe(evil);
  });
});

describe("analytics failures", () => {
  test("figures that are not JSON are left out and the rest is logged", () => {
    const record = openSampleCall();
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    record.plugins = { broken: loop };
    const log = logged(record);
    expect(log.response.status).toBe(200);
    expect(log.log_error).toStartWith("the ai member could not be written");
  });

  test("a sink that throws keeps nothing from the others", () => {
    const seen: string[] = [];
    const broken = new Error("sink");
    const failures: unknown[] = [];
    publish(
      sampleCall(),
      [
        () => {
          throw broken;
        },
        (record) => seen.push(record.requestId),
      ],
      (cause) => failures.push(cause),
    );
    expect(seen).toEqual(["5c1d2f00aa"]);
    expect(failures).toEqual([broken]);
  });

  test("a call is closed once, whatever ends it first", () => {
    const record = openSampleCall();
    expect(closeRecord(record, { endedAtMs: 500, clientAborted: true })).toBe(true);
    expect(
      closeRecord(record, { endedAtMs: 900, streamError: new GatewayError("internal", "x") }),
    ).toBe(false);
    expect(record).toMatchObject({ endedAtMs: 500, clientAborted: true });
    expect(record.streamError).toBeUndefined();
  });
});

function fail(): never {
  throw new Error("the sample call lacks a part");
}
