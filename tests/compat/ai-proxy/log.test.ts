import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, openai, type ProxyOptions, proxies, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

/** The record of one call, and that it is the only one. */
async function logged(over: ProxyOptions, body: object) {
  await using gateway = await startGateway(proxies(openai(lab.url, over)));
  const response = await gateway.post("/ai", body);
  await response.text();
  const record = await gateway.record();
  expect(gateway.records).toHaveLength(1);
  expect(record.request.id).toBe(response.headers.get("x-kong-request-id") ?? "");
  expect(record.response.status).toBe(response.status);
  return record;
}

/** An upstream that reports 25 and 12 tokens. */
function counting(usage?: object) {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      Response.json({
        id: "1",
        object: "chat.completion",
        model: "m-2025",
        choices: [
          { index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" },
        ],
        ...(usage && { usage }),
      }),
  });
}

describe("one record for each call", () => {
  test("of an answer: meta, usage, cost, targets", async () => {
    const upstream = counting({ prompt_tokens: 25, completion_tokens: 12, total_tokens: 37 });
    try {
      const url = `http://127.0.0.1:${upstream.port}/v1/x?b=c`;
      const options = { upstream_url: url, input_cost: 10, output_cost: 10 };
      const record = await logged({ model: { provider: "openai", options } }, ask("m"));
      expect(record.ai?.proxy).toMatchObject({
        meta: {
          plugin_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
          provider_name: "openai",
          request_model: "m",
          response_model: "m-2025",
          request_mode: "oneshot",
          llm_latency: expect.any(Number),
        },
        usage: { prompt_tokens: 25, completion_tokens: 12, total_tokens: 37, cost: 0.00037 },
        tried_targets: [{ provider: "openai", model: "m", status: 200, route_type: "llm/v1/chat" }],
      });
      expect(record).toMatchObject({
        client_ip: "127.0.0.1",
        upstream_uri: "/v1/x?b=c",
        upstream_status: "200",
        source: "upstream",
        request: { method: "POST", uri: "/ai" },
        service: { name: "models" },
        route: { name: "route-0" },
        tries: [{ host: "127.0.0.1", port: upstream.port, code: 200 }],
      });
      const { latencies, started_at } = record;
      for (const ms of Object.values(latencies)) expect(ms).toBeGreaterThanOrEqual(0);
      expect(started_at).toBeGreaterThan(1_600_000_000_000);
    } finally {
      await upstream.stop(true);
    }
  });

  test("of Gemini's answer: its own version of the model, its dialect in, the client's out", async () => {
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () =>
        Response.json({
          candidates: [{ content: { parts: [{ text: "hi" }] }, finishReason: "STOP" }],
          usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 11, totalTokenCount: 13 },
          modelVersion: "gemini-2.0-flash-001",
        }),
    });
    try {
      const upstream_url = `http://127.0.0.1:${upstream.port}/x`;
      const options = { upstream_url, input_cost: 15, output_cost: 15 };
      const logging = { log_statistics: true, log_payloads: true };
      const record = await logged({ model: { provider: "gemini", options }, logging }, ask("m"));
      expect(record.ai?.proxy).toMatchObject({
        meta: { request_model: "m", response_model: "gemini-2.0-flash-001" },
        usage: { prompt_tokens: 2, completion_tokens: 11, total_tokens: 13, cost: 0.000195 },
        payload: {
          request: expect.stringContaining('"contents":['),
          response: expect.stringContaining('"object":"chat.completion"'),
        },
      });
    } finally {
      await upstream.stop(true);
    }
  });

  test("of a vendor that counts reasoning apart: all that was generated", async () => {
    const upstream = counting({
      prompt_tokens: 37,
      completion_tokens: 530,
      total_tokens: 800,
      completion_tokens_details: { reasoning_tokens: 233 },
    });
    try {
      const upstream_url = `http://127.0.0.1:${upstream.port}/`;
      const options = { upstream_url, input_cost: 0, output_cost: 10 };
      const record = await logged({ model: { provider: "xai", options } }, ask("m"));
      expect(record.ai?.proxy).toMatchObject({
        usage: {
          prompt_tokens: 37,
          completion_tokens: 763,
          total_tokens: 800,
          completion_tokens_details: { reasoning_tokens: 233 },
          cost: 0.00763,
        },
      });
    } finally {
      await upstream.stop(true);
    }
  });

  test("of a stream", async () => {
    const record = await logged({}, ask("lab/echo", { stream: true }));
    expect(record.ai?.proxy).toMatchObject({
      meta: { request_mode: "stream", response_model: "lab/echo" },
      usage: { prompt_tokens: 8, time_to_first_token: expect.any(Number) },
    });
    expect(record.ai?.proxy?.["usage"]).not.toHaveProperty("estimated");
    expect(record.response).toMatchObject({ size: expect.any(Number) });
  });

  test("of a vendor that reports no usage, estimated", async () => {
    const upstream = counting();
    try {
      const options = { upstream_url: `http://127.0.0.1:${upstream.port}/` };
      const record = await logged({ model: { provider: "openai", options } }, ask("m"));
      expect(record.ai?.proxy).toMatchObject({
        usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6, estimated: true },
      });
    } finally {
      await upstream.stop(true);
    }
  });

  test.each([400, 401, 404, 429, 500, 503])("of a vendor's %d", async (status) => {
    for (const stream of [false, true]) {
      const record = await logged({}, ask(`lab/${status}`, { stream }));
      expect(record).toMatchObject({
        source: "upstream",
        upstream_status: String(status),
        ai: { proxy: { meta: { provider_name: "openai" }, usage: { completion_tokens: 0 } } },
      });
    }
  });

  test("of a request that the gateway refuses", async () => {
    const record = await logged({}, {});
    expect(record).toMatchObject({ source: "kong", upstream_status: "", tries: [] });
    expect(record.response.status).toBe(400);
    expect(record.latencies.proxy).toBe(-1);
  });

  test("of a path that no route has", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const response = await gateway.post("/nowhere", {});
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({
      message: "no Route matched with those values",
      request_id: response.headers.get("x-kong-request-id"),
    });
    expect(await gateway.record()).toMatchObject({ source: "kong", response: { status: 404 } });
    expect(gateway.records).toHaveLength(1);
  });

  test("of a broken stream", async () => {
    const record = await logged({}, ask("lab/eof-mid-stream", { stream: true }));
    expect(record.response.status).toBe(200);
    expect(record.ai?.proxy).toMatchObject({
      meta: { stream_error: { message: "upstream closed the stream early" } },
      usage: { estimated: true },
    });
  });

  test("of a client that left", async () => {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const response = await gateway.post("/ai", ask("lab/endless+slow-1", { stream: true }));
    await response.body?.cancel();
    expect(await gateway.record()).toMatchObject({ client_aborted: true });
    expect(gateway.records).toHaveLength(1);
  });
});

describe("the switches", () => {
  const body = ask("lab/echo");

  test("both off: no ai at all", async () => {
    for (const logging of [{}, { log_statistics: false, log_payloads: false }]) {
      expect(await logged({ logging }, body)).not.toHaveProperty("ai");
    }
  });

  test("of an address that holds a password only the host is logged", async () => {
    const options = { azure_instance: "me:canary@x", azure_deployment_id: "d" };
    const record = await logged({ model: { provider: "azure", options } }, body);
    expect(record.response.status).toBe(500);
    expect(record.tries).toMatchObject([{ host: "x.openai.azure.com", port: 443 }]);
    expect(JSON.stringify(record.ai?.proxy?.["tried_targets"])).not.toContain("canary");
  });

  test("statistics alone", async () => {
    const { ai } = await logged({ logging: { log_statistics: true } }, body);
    expect(Object.keys(ai?.proxy ?? {}).sort()).toEqual(["meta", "tried_targets", "usage"]);
  });

  test("payloads alone: what went upstream, and what came", async () => {
    const { ai } = await logged({ logging: { log_payloads: true } }, body);
    expect(Object.keys(ai?.proxy ?? {})).toEqual(["payload"]);
    const payload = ai?.proxy?.["payload"] as { request: string; response: string };
    expect(JSON.parse(payload.request)).toEqual(body);
    expect(JSON.parse(payload.response)).toMatchObject({ object: "chat.completion" });
  });

  test("a refused call's payload is logged too", async () => {
    const { ai } = await logged({ logging: { log_payloads: true } }, ask("lab/400"));
    expect(ai?.proxy).toMatchObject({ payload: { response: expect.stringContaining("refuse") } });
  });

  test("a streamed answer is logged as a whole one", async () => {
    const over = { logging: { log_payloads: true, log_statistics: true } };
    const { ai } = await logged(over, ask("lab/echo", { stream: true }));
    const payload = ai?.proxy?.["payload"] as { response: string };
    expect(JSON.parse(payload.response)).toMatchObject({
      object: "chat.completion",
      choices: [
        {
          index: 0,
          finish_reason: "stop",
          message: { role: "assistant", content: "Say hello to the world" },
        },
      ],
      response: "Say hello to the world",
      usage: { prompt_tokens: 8 },
    });
    expect(JSON.parse(payload.response)).not.toHaveProperty("model");
  });
});
