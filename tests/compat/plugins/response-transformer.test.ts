import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, eventsOf, openai, startGateway, textOf } from "../../gateway.ts";
import { skewedClock } from "../../skewed-clock.ts";
import { answer, llmAt, type ScriptedModel, scriptedModel } from "./scripted-model.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

interface Setup {
  readonly model: ScriptedModel;
  readonly options?: object;
  /** Of the plain service. */
  readonly url?: string;
}

/** `/plain` leads to a service, `/ai` to a model. */
function config({ model, options = {}, url = `${lab.url}/anything` }: Setup) {
  const transformer = {
    name: "ai-response-transformer",
    config: { prompt: "Rewrite it.", llm: llmAt(model.url), ...options },
  };
  const proxy = { name: "ai-proxy", config: openai(lab.url) };
  return {
    _format_version: "3.0",
    services: [
      { name: "p", url, routes: [{ name: "p", paths: ["/plain"], plugins: [transformer] }] },
      {
        name: "a",
        url: "http://localhost:1",
        routes: [{ name: "a", paths: ["/ai"], plugins: [transformer, proxy] }],
      },
    ],
  };
}

interface ModelFigures {
  readonly meta: { readonly request_mode: string; readonly llm_latency: number };
  readonly usage: { readonly time_to_first_token: number };
}

const INSTRUCTED = { parse_llm_response_json_instructions: true };

describe("the model's answer is the client's", () => {
  test("with the service's status and headers", async () => {
    using service = Bun.serve({
      port: 0,
      fetch: () =>
        new Response("<b>hello</b>", {
          status: 201,
          headers: { "content-type": "text/html", "x-own": "1" },
        }),
    });
    await using model = scriptedModel(() => "rewritten");
    await using gateway = await startGateway(
      config({ model, url: `http://127.0.0.1:${service.port}` }),
    );
    const got = await gateway.post("/plain", "{}");
    expect(got.status).toBe(201);
    expect(got.headers.get("content-type")).toBe("text/html");
    expect(got.headers.get("x-own")).toBe("1");
    expect(got.headers.get("content-length")).toBe("9");
    expect(await got.text()).toBe("rewritten");
    expect(model.questions[0]?.messages).toEqual([
      { role: "system", content: "Rewrite it." },
      { role: "user", content: "<b>hello</b>" },
    ]);
  });

  test("of a compressed answer the model gets the text", async () => {
    using service = Bun.serve({
      port: 0,
      fetch: () => new Response(Bun.gzipSync("hello"), { headers: { "content-encoding": "gzip" } }),
    });
    await using model = scriptedModel(() => "rewritten");
    await using gateway = await startGateway(
      config({ model, url: `http://127.0.0.1:${service.port}` }),
    );
    const got = await gateway.post("/plain", "{}");
    expect(got.headers.get("content-encoding")).toBeNull();
    expect(await got.text()).toBe("rewritten");
    expect(model.questions[0]?.messages[1]?.content).toBe("hello");
  });

  test("errors of the service are rewritten too, unless only successes are", async () => {
    using service = Bun.serve({ port: 0, fetch: () => new Response("broken", { status: 500 }) });
    await using model = scriptedModel(() => "never mind");
    const url = `http://127.0.0.1:${service.port}`;
    for (const [only_success, text] of [
      [false, "never mind"],
      [true, "broken"],
    ] as const) {
      await using gateway = await startGateway(config({ model, url, options: { only_success } }));
      const got = await gateway.post("/plain", "{}");
      expect(got.status).toBe(500);
      expect(await got.text()).toBe(text);
    }
  });

  test("only the part that the pattern finds", async () => {
    await using model = scriptedModel(() => "Of course! <b>hi</b> Anything else?");
    const options = { transformation_extract_pattern: "<B>.*</B>" };
    await using gateway = await startGateway(config({ model, options }));
    expect(await (await gateway.post("/plain", "{}")).text()).toBe("<b>hi</b>");
  });
});

describe("instructions", () => {
  async function told(say: string, options: object = {}) {
    await using model = scriptedModel(() => say);
    await using gateway = await startGateway(
      config({ model, options: { ...INSTRUCTED, ...options } }),
    );
    const got = await gateway.post("/plain", "{}");
    return { status: got.status, headers: got.headers, text: await got.text() };
  }

  test("status, headers and body; headers win over the service's", async () => {
    const headers = { "Content-Type": "application/xml", "X-Own": 7, "content-length": "1" };
    const got = await told(JSON.stringify({ status: 209, headers, body: "<a/>" }));
    expect(got.status).toBe(209);
    expect(got.headers.get("content-type")).toBe("application/xml");
    expect(got.headers.get("x-own")).toBe("7");
    expect(got.text).toBe("<a/>");
  });

  test("without a body the whole object is it; without a status 200", async () => {
    const got = await told('{"headers":{"x-a":"b"}}');
    expect(got).toMatchObject({ status: 200, text: '{"headers":{"x-a":"b"}}' });
    expect((await told('{"body":{"a":1}}')).text).toBe('{"a":1}');
  });

  test("control characters may stand raw in strings, as the reference's parser has it", async () => {
    const got = await told('{"status": 209,\n\t"body": "one\ntwo\r\n\tthree \\"four\\"\u0001"}');
    expect(got).toMatchObject({ status: 209, text: 'one\ntwo\r\n\tthree "four"\u0001' });
    expect((await told('{"body": "a\\\nb"}')).status).toBe(500);
  });

  test("vector: transformer extraction, instructions found by the pattern in chatter", async () => {
    const chatter = 'Sure! Here: {"status":209,"body":"x"}. Anything else?';
    const pattern = { transformation_extract_pattern: "\\{((.|\\n)*)\\}" };
    expect((await told(chatter, pattern)).status).toBe(209);
    const got = await told(chatter);
    expect(got.status).toBe(500);
    expect(got.text).toContain("failed to parse JSON response instructions from AI backend: ");
  });

  test.each([
    "[]",
    '{"status":"ok"}',
    '{"status":99}',
    '{"status":204.5}',
    '{"headers":[]}',
    '{"headers":{"a b":"c"}}',
    '{"headers":{"a":"b\\r\\nc: d"}}',
  ])("%s makes no answer", async (say) => {
    const got = await told(say);
    expect(got.status).toBe(500);
    expect(got.text).toContain("failed to parse JSON response instructions from AI backend: ");
  });
});

describe("behind a proxy", () => {
  test("the model sees the answer in the client's dialect, whatever the provider's is", async () => {
    await using model = scriptedModel(() => "rewritten");
    const options = { anthropic_version: "2023-06-01", upstream_url: `${lab.url}/v1/messages` };
    const target = openai(lab.url, {
      auth: { header_name: "x-api-key", header_value: "k" },
      model: { provider: "anthropic", name: "lab/echo", options: { ...options, max_tokens: 99 } },
    });
    const base = config({ model });
    const [, route] = base.services;
    route?.routes[0]?.plugins.splice(1, 1, { name: "ai-proxy", config: target });
    await using gateway = await startGateway(base);
    const got = await gateway.post("/ai", { messages: ask("").messages });
    expect(await got.text()).toBe("rewritten");
    const seen = JSON.parse(model.questions[0]?.messages[1]?.content ?? "");
    expect(seen.choices[0].message.content).toBe("Say hello to the world");
    expect(seen.object).toBe("chat.completion");
  });

  test("a stream is rewritten whole: an answer of the dialect becomes its stream", async () => {
    await using model = scriptedModel(() => JSON.stringify(answer("rewritten")));
    await using gateway = await startGateway(config({ model }));
    const got = await gateway.post("/ai", ask("lab/echo", { stream: true }));
    expect(got.headers.get("content-type")).toContain("text/event-stream");
    const stream = await got.text();
    expect(textOf(stream)).toBe("rewritten");
    expect(eventsOf(stream).at(-1)).toBe("[DONE]");
    const seen = JSON.parse(model.questions[0]?.messages[1]?.content ?? "");
    expect(seen.choices[0].message.content).toBe("Say hello to the world");
  });

  test("a stream is rewritten whole: any other text is one event", async () => {
    await using model = scriptedModel(() => "two\nlines");
    await using gateway = await startGateway(config({ model }));
    const got = await gateway.post("/ai", ask("lab/echo", { stream: true }));
    expect(await got.text()).toBe("data: two\ndata: lines\n\ndata: [DONE]\n\n");
  });

  test("both models' figures are in the log", async () => {
    await using model = scriptedModel(() => "rewritten");
    await using gateway = await startGateway(config({ model }));
    await gateway.post("/ai", ask("lab/echo"));
    const { ai } = await gateway.record();
    expect(ai?.["ai-response-transformer"]).toMatchObject({
      meta: { provider_name: "openai", request_model: "gpt-4o", llm_latency: expect.any(Number) },
      usage: { total_tokens: 37, cost: 0.00037 },
      cache: {},
    });
    expect(ai?.proxy).toMatchObject({ meta: { request_model: "lab/echo" }, usage: {} });
  });

  test.each([false, true])(
    "the proxy's model took no longer for the transformer's, stream %p",
    async (stream) => {
      using clock = skewedClock();
      await using model = scriptedModel(() => {
        clock.advance(20_000);
        return "rewritten";
      });
      await using gateway = await startGateway(config({ model }));
      await (await gateway.post("/ai", ask("lab/echo", { stream }))).text();
      const { ai, latencies } = await gateway.record();
      const { meta, usage } = (ai?.proxy ?? {}) as unknown as ModelFigures;
      expect(latencies.request).toBeGreaterThanOrEqual(20_000);
      expect(meta.request_mode).toBe(stream ? "stream" : "oneshot");
      expect(meta.llm_latency).toBeLessThan(20_000);
      expect(usage.time_to_first_token).toBe(meta.llm_latency);
      const transformer = ai?.["ai-response-transformer"] as ModelFigures;
      expect(transformer.meta.llm_latency).toBeGreaterThanOrEqual(20_000);
    },
  );

  test("the balancer's retries apply to the inner call", async () => {
    await using model = scriptedModel(() => "rewritten");
    const target = (name: string) => {
      const { model: own, ...rest } = openai(lab.url) as { model: object };
      return { ...rest, model: { ...own, name } };
    };
    const balanced = {
      name: "ai-proxy-advanced",
      config: {
        balancer: {
          algorithm: "round-robin",
          failover_criteria: ["error", "http_503", "non_idempotent"],
        },
        targets: [target("lab/503"), target("lab/echo")],
      },
    };
    const base = config({ model });
    base.services[1]?.routes[0]?.plugins.splice(1, 1, balanced as never);
    await using gateway = await startGateway(base);
    const { model: _, ...question } = ask("");
    for (const _ of [1, 2]) {
      const got = await gateway.post("/ai", question);
      expect(got.status).toBe(200);
      expect(await got.text()).toBe("rewritten");
    }
    expect(model.questions).toHaveLength(2);
  });
});

describe("what goes wrong", () => {
  test("nobody listens", async () => {
    await using model = scriptedModel(() => "x");
    await using gateway = await startGateway(config({ model, url: "http://127.0.0.1:1" }));
    const got = await gateway.post("/plain", "{}");
    expect(got.status).toBe(500);
    expect(await got.text()).toContain("failed to connect to upstream: ");
    expect(model.questions).toHaveLength(0);
  });

  test("the upstream breaks off", async () => {
    await using model = scriptedModel(() => "x");
    await using gateway = await startGateway(config({ model }));
    const got = await gateway.post("/ai", ask("lab/reset-before-headers"));
    expect(got.status).toBe(500);
    expect(await got.text()).toContain("subrequest failed: ");
  });

  test("the model fails", async () => {
    await using model = scriptedModel(() => Response.json({}, { status: 503 }));
    await using gateway = await startGateway(config({ model }));
    const got = await gateway.post("/ai", ask("lab/echo"));
    expect(got.status).toBe(400);
    expect(await got.text()).toContain(
      "failed to introspect request with AI service: status code 503",
    );
    const { ai } = await gateway.record();
    expect(ai?.proxy).toHaveProperty("usage");
    expect(ai?.["ai-response-transformer"]).toMatchObject({
      meta: { request_model: "gpt-4o", llm_latency: expect.any(Number) },
      usage: { total_tokens: 0, cost: 0 },
    });
  });
});
