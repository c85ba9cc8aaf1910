import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { z } from "zod";
import { HeaderMap } from "../../../src/framing/header-map.ts";
import type { Send } from "../../../src/gateway/call/upstream.ts";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { definePlugin } from "../../../src/plugins/define-plugin.ts";
import { SELF_SIGNED } from "../../faults/self-signed.ts";
import { failures } from "../../figures.ts";
import { ask, openai, startGateway, textOf } from "../../gateway.ts";
import { skewedClock } from "../../skewed-clock.ts";
import { llmAt, scriptedModel } from "./scripted-model.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const PROMPT = "Rewrite it.";

/** A plugin that has calls' requests sent in another way. */
function sendingWith(send: Send) {
  return definePlugin({
    name: "test-send",
    priority: 900,
    about: "Sends requests in another way.",
    options: z.strictObject({}),
    scopes: [],
    create: () => ({ handle: (call, next) => next({ ...call, send }) }),
  });
}

/** `/plain` leads to a service that says what it got, `/ai` to a model. */
function config(llm: object, options: object = {}) {
  const transformer = {
    name: "ai-request-transformer",
    config: { prompt: PROMPT, llm, ...options },
  };
  const proxy = { name: "ai-proxy", config: openai(lab.url) };
  return {
    _format_version: "3.0",
    services: [
      {
        name: "p",
        url: `${lab.url}/anything`,
        routes: [{ name: "p", paths: ["/plain"], plugins: [transformer] }],
      },
      {
        name: "a",
        url: "http://localhost:1",
        routes: [{ name: "a", paths: ["/ai"], plugins: [transformer, proxy] }],
      },
    ],
  };
}

describe("the model's answer is the body", () => {
  test("for any service; the rest of the request stays", async () => {
    await using model = scriptedModel(() => "<ticket>rewritten</ticket>");
    await using gateway = await startGateway(config(llmAt(model.url)));
    const init = {
      method: "PUT",
      headers: { "content-type": "text/xml", "x-own": "1", authorization: "Bearer mine" },
    };
    const answer = await gateway.post("/plain/x?a=1", "<ticket/>", init);
    const seen = (await answer.json()) as {
      method: string;
      target: string;
      headers: object;
      body: string;
    };
    expect(seen).toMatchObject({
      method: "PUT",
      target: "/anything/x?a=1",
      headers: { "content-type": "text/xml", "x-own": "1", "content-length": "26" },
      body: "<ticket>rewritten</ticket>",
    });
    expect(model.questions).toHaveLength(1);
    expect(model.questions[0]).toMatchObject({
      model: "gpt-4o",
      messages: [
        { role: "system", content: PROMPT },
        { role: "user", content: "<ticket/>" },
      ],
      headers: { authorization: "Bearer sk-transformer-canary" },
    });
    expect(model.questions[0]?.headers).not.toHaveProperty("x-own");
  });

  test("vector: transformer extraction, only the part that the pattern finds: the whole match, of any case, over lines", async () => {
    await using model = scriptedModel(() => 'Sure! Here: {"a":\n1}. Anything else?');
    const options = { transformation_extract_pattern: "\\{((.|\\n)*)\\}" };
    await using gateway = await startGateway(config(llmAt(model.url), options));
    const seen = (await (await gateway.post("/plain", "{}")).json()) as { body: string };
    expect(seen.body).toBe('{"a":\n1}');
  });

  const REWRITTEN = JSON.stringify({
    model: "lab/echo",
    messages: [{ role: "user", content: "rewritten" }],
  });
  const STREAMED = REWRITTEN.replace('"model"', '"stream":true,"model"');

  test.each([
    ["as it is", REWRITTEN],
    ["in a fence", `\`\`\`json\n${REWRITTEN}\n\`\`\`\n`],
    ["in a bare fence", `\`\`\`\n${REWRITTEN}\`\`\``],
  ])("for a model behind a proxy, %s", async (_name, said) => {
    await using model = scriptedModel(() => said);
    await using gateway = await startGateway(config(llmAt(model.url)));
    const answer = await gateway.post("/ai", ask("lab/plain"));
    const { choices } = (await answer.json()) as { choices: { message: { content: string } }[] };
    expect(choices[0]?.message.content).toBe("rewritten");
    const { ai } = await gateway.record();
    expect(ai).toMatchObject({ proxy: { meta: { request_model: "lab/echo" } } });
  });

  test("streams still flow", async () => {
    await using model = scriptedModel(() => STREAMED);
    await using gateway = await startGateway(config(llmAt(model.url)));
    const answer = await gateway.post("/ai", ask("lab/plain", { stream: true }));
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    expect(textOf(await answer.text())).toBe("rewritten");
    expect(model.questions[0]?.stream).toBe(false);
  });

  test("what a guard further out has read is read anew", async () => {
    await using model = scriptedModel(() => REWRITTEN);
    const base = config(llmAt(model.url));
    const guard = { name: "ai-prompt-guard", config: { deny_patterns: ["hello"] } };
    await using gateway = await startGateway({ ...base, plugins: [guard] });
    // The guard's priority is lower, so it sees what the model wrote, not what the client did.
    expect((await gateway.post("/ai", ask("lab/plain"))).status).toBe(200);
  });
});

describe("every provider can be the one that rewrites", () => {
  const key = { header_name: "Authorization", header_value: "Bearer k" };
  test.each<[string, string, object, object]>([
    ["openai", "/v1/chat/completions", {}, key],
    [
      "anthropic",
      "/v1/messages",
      { anthropic_version: "2023-06-01", max_tokens: 4000 },
      { header_name: "x-api-key", header_value: "k" },
    ],
    [
      "gemini",
      "/v1beta/models/echo:generateContent",
      {},
      { param_name: "key", param_value: "k", param_location: "query" },
    ],
    ["cohere", "/v2/chat", {}, key],
    ["mistral", "/v1/chat/completions", { mistral_format: "openai" }, key],
    ["ollama", "/api/chat", {}, {}],
  ])("%s", async (provider, path, options, auth) => {
    const model = {
      provider,
      name: "lab/echo",
      options: { upstream_url: `${lab.url}${path}`, ...options },
    };
    const llm = { route_type: "llm/v1/chat", auth, model };
    await using gateway = await startGateway(config(llm));
    const answer = await gateway.post("/ai", ask("lab/echo"));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("Say hello to the world");
    expect(lab.requests).toHaveLength(2);
    expect(lab.requests[0]?.path).toBe(path);
  });
});

test("a line break that stands raw in the body for a proxy is one the model meant", async () => {
  const body = '{"model": "lab/echo",\n"messages": [{"role": "user", "content": "a\n\tb"}]}';
  for (const say of [body, `\`\`\`json\n${body}\n\`\`\``]) {
    await using model = scriptedModel(() => say);
    await using gateway = await startGateway(config(llmAt(model.url)));
    expect((await gateway.post("/ai", ask("lab/echo"))).status).toBe(200);
    expect(JSON.parse(lab.requests.at(-1)?.body ?? "").messages[0].content).toBe("a\n\tb");
  }
});

describe("what goes wrong is told in the reference's words", () => {
  const json = (value: unknown, status = 200) => Response.json(value, { status });
  test.each<[string, () => string | Response, object, string]>([
    [
      "a status",
      () => json({ error: { message: "no" } }, 429),
      {},
      "failed to introspect request with AI service: status code 429",
    ],
    ["no JSON", () => new Response("<html>"), {}, "failed to convert AI response to JSON: "],
    ["a list", () => json([]), {}, "failed to convert AI response to JSON: "],
    [
      "no choices",
      () => json({ id: "1", choices: [] }),
      {},
      "no 'choices' in upstream AI service response",
    ],
    ...[null, ""].map((content): [string, () => Response, object, string] => [
      `content that is ${JSON.stringify(content)}`,
      () => json({ choices: [{ message: { role: "assistant", content }, finish_reason: "stop" }] }),
      {},
      "no 'choices' in upstream AI service response",
    ]),
    [
      "a refusal",
      () => json({ choices: [{ message: { role: "assistant", content: null, refusal: "No." } }] }),
      {},
      "no 'choices' in upstream AI service response",
    ],
    [
      "an error in a 200",
      () => json({ error: { message: "overloaded" } }),
      {},
      "failed to convert AI response to Kong format: ",
    ],
    [
      "no match",
      () => "hello",
      { transformation_extract_pattern: "\\{.*\\}" },
      "AI response did not match specified regular expression",
    ],
    [
      "no JSON for a proxy",
      () => "hello",
      {},
      "failed to convert AI response to JSON: the request it wrote is no JSON object",
    ],
  ])("%s", async (_name, say, options, message) => {
    await using model = scriptedModel(say);
    await using gateway = await startGateway(config(llmAt(model.url), options));
    const answer = await gateway.post("/ai", ask("lab/plain"));
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: { message: string } };
    expect(error.message).toStartWith(message);
    expect(lab.requests).toHaveLength(0);
  });

  test.each<[string, object, string]>([
    [
      "what safety rules emptied",
      { candidates: [{ finishReason: "SAFETY", index: 0 }] },
      "transformation generation candidate breached Gemini content safety",
    ],
    [
      "a question that they refused",
      { promptFeedback: { blockReason: "PROHIBITED_CONTENT" } },
      "transformation generation candidate breached Gemini content safety",
    ],
    [
      "a candidate that ran out of tokens while it thought",
      { candidates: [{ finishReason: "MAX_TOKENS", content: { role: "model" } }] },
      "no generation candidates received from Gemini, or max_tokens too short",
    ],
  ])("Gemini: %s", async (_name, said, words) => {
    await using model = scriptedModel(() => json(said));
    const options = { upstream_url: model.url };
    const llm = {
      route_type: "llm/v1/chat",
      auth: { param_name: "key", param_value: "k", param_location: "query" },
      model: { provider: "gemini", name: "gemini-2.0-flash", options },
    };
    await using gateway = await startGateway(config(llm));
    const answer = await gateway.post("/plain", "{}");
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      error: { message: `failed to convert AI response to Kong format: ${words}` },
    });
    expect(lab.requests).toHaveLength(0);
  });

  test("nobody listens; the status can be an honest one", async () => {
    const llm = llmAt("http://127.0.0.1:1/v1/chat/completions");
    await using gateway = await startGateway(config(llm, { error_status: 502 }));
    const answer = await gateway.post("/plain", "{}");
    expect(answer.status).toBe(502);
    expect(await answer.text()).toContain(
      "failed to introspect request with AI service: request to ai service failed: ",
    );
  });

  test("a model that takes too long", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    await using model = scriptedModel(() => promise);
    await using gateway = await startGateway(config(llmAt(model.url), { http_timeout: 50 }));
    const answer = await gateway.post("/plain", "{}");
    resolve("late");
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("request to ai service failed");
  });

  test("headers and body of its answer have one clock", async () => {
    using clock = skewedClock();
    const timeoutMs = 10_000;
    const slow: Send = () => {
      const broken = Promise.withResolvers<undefined>();
      clock.advance(0.9 * timeoutMs);
      const body = () => {
        clock.advance(0.2 * timeoutMs);
        return broken.promise;
      };
      return Promise.resolve({
        status: 200,
        headers: HeaderMap.of(),
        body: { read: body, pump: body },
        abort: broken.reject,
      });
    };
    await using gateway = await startGateway(
      {
        ...config(llmAt("http://127.0.0.1:1/"), { http_timeout: timeoutMs }),
        plugins: [{ name: "test-send", config: {} }],
      },
      { plugins: [sendingWith(slow)] },
    );
    const answer = await gateway.post("/plain", "{}");
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("request to ai service failed");
  });

  test("a body past the limit is refused, not sent empty", async () => {
    await using model = scriptedModel(() => "x");
    await using gateway = await startGateway(
      config(llmAt(model.url), { max_request_body_size: 9 }),
    );
    const answer = await gateway.post("/plain", "0123456789");
    expect(answer.status).toBe(413);
    expect(model.questions).toHaveLength(0);
  });
});

test("vector: cost, T3 the log says what it used, took and cost; the proxy's figures stand beside", async () => {
  const rewritten = JSON.stringify(ask("lab/echo"));
  await using model = scriptedModel(() => rewritten);
  const logging = { log_statistics: true, log_payloads: true };
  await using gateway = await startGateway(config(llmAt(model.url, { logging })));
  await gateway.post("/ai", ask("lab/echo"));
  const { ai, tries } = await gateway.record();
  expect(ai?.["ai-request-transformer"]).toEqual({
    meta: {
      plugin_id: expect.any(String),
      provider_name: "openai",
      request_model: "gpt-4o",
      response_model: "gpt-4o-2024",
      llm_latency: expect.any(Number),
    },
    usage: {
      prompt_tokens: 25,
      completion_tokens: 12,
      total_tokens: 37,
      time_per_token: expect.any(Number),
      cost: 0.00037,
    },
    cache: {},
    payload: {
      request: expect.stringContaining(PROMPT),
      response: expect.stringContaining("chatcmpl-1"),
    },
  });
  expect(ai?.proxy).toHaveProperty("usage");
  expect(tries).toHaveLength(1);
  expect(JSON.stringify(gateway.records)).not.toContain("canary");
});

describe("a question that failed is logged and counted", () => {
  /** The record of one call, whose transformer's model is of that provider. */
  async function asked(provider: string, say: () => Response, logging: object) {
    await using model = scriptedModel(say);
    const llm = llmAt(model.url, {
      logging,
      model: {
        provider,
        name: "m",
        options: { upstream_url: model.url, input_cost: 10, output_cost: 10 },
      },
    });
    const plugins = [{ name: "prometheus", config: { ai_metrics: true } }];
    await using gateway = await startGateway({ ...config(llm), plugins });
    expect((await gateway.post("/ai", ask("lab/echo"))).status).toBe(400);
    const record = await gateway.record();
    return {
      ...record,
      failed: (code: string, status: string) => failures(gateway, provider, code, status),
    };
  }

  test.each([
    ["xai", Response.json({ error: { message: "no" } }, { status: 500 }), "500", "http_500", 0],
    ["deepseek", new Response("<html>"), "200", "upstream_bad_response", 0],
    [
      "cerebras",
      Response.json({ choices: [], usage: { prompt_tokens: 30, completion_tokens: 0 } }),
      "200",
      "upstream_bad_response",
      30,
    ],
  ])("%s", async (provider, answer, status, code, tokens) => {
    const both = { log_statistics: true, log_payloads: true };
    const said = await answer.clone().text();
    const { ai, tries, failed } = await asked(provider, () => answer, both);
    expect(ai?.["ai-request-transformer"]).toEqual({
      meta: {
        plugin_id: expect.any(String),
        provider_name: provider,
        request_model: "m",
        response_model: "m",
        llm_latency: expect.any(Number),
      },
      usage: {
        prompt_tokens: tokens,
        completion_tokens: 0,
        total_tokens: tokens,
        time_per_token: 0,
        cost: (tokens * 10) / 1e6,
      },
      cache: {},
      payload: { request: expect.stringContaining(PROMPT), response: said },
    });
    expect(tries).toEqual([]);
    expect(failed(code, status)).toEqual([1, 1]);
  });

  test("without statistics only where the gateway counts itself", async () => {
    const { ai, failed } = await asked("xai", () => new Response("", { status: 503 }), {});
    expect(ai).not.toHaveProperty("ai-request-transformer");
    expect(failed("http_503", "503")).toEqual([1, 0]);
  });
});

describe("the way to the model", () => {
  test("through a forward proxy", async () => {
    await using proxy = scriptedModel(() => "through the proxy");
    const { port } = new URL(proxy.url);
    const options = { http_proxy_host: "127.0.0.1", http_proxy_port: Number(port) };
    const llm = llmAt("http://model.invalid/v1/chat/completions");
    await using gateway = await startGateway(config(llm, options));
    const seen = (await (await gateway.post("/plain", "{}")).json()) as { body: string };
    expect(seen.body).toBe("through the proxy");
    expect(proxy.questions[0]?.headers["host"]).toBe("model.invalid");
  });

  test.each([
    [true, 400],
    [false, 200],
  ])("a certificate that nobody vouches for, https_verify %p: %d", async (https_verify, status) => {
    const tls = SELF_SIGNED;
    using server = Bun.serve({
      port: 0,
      tls,
      fetch: () => Response.json({ choices: [{ message: { content: "x" } }] }),
    });
    const llm = llmAt(`https://localhost:${server.port}/v1/chat/completions`);
    await using gateway = await startGateway(config(llm, { https_verify }));
    expect((await gateway.post("/plain", "{}")).status).toBe(status);
  });
});

describe("what cannot be is refused at load", () => {
  const llm = () => llmAt("http://127.0.0.1:1/v1/chat/completions");
  test.each<[object, string]>([
    [{ llm: undefined }, "required field missing"],
    [{ prompt: undefined }, "required field missing"],
    [
      { http_proxy_host: "p" },
      "all or none of these fields must be set: 'config.http_proxy_host', 'config.http_proxy_port'",
    ],
    [
      { https_proxy_port: 1 },
      "all or none of these fields must be set: 'config.https_proxy_host', 'config.https_proxy_port'",
    ],
    [{ https_proxy_host: "p", https_proxy_port: 65_536 }, "value should be between 0 and 65535"],
    [
      { llm: { ...llmAt("http://x.test"), route_type: "llm/v1/completions" } },
      "'config.llm.route_type' must be 'llm/v1/chat' for AI transformer plugins",
    ],
    [
      { llm: { route_type: "llm/v1/chat", model: { provider: "azure" } } },
      "must set 'model.options.azure_instance' for azure provider",
    ],
    [{ transformation_extract_pattern: "(" }, "invalid pattern"],
  ])("%j", (options, message) => {
    expect(startGateway(config(llm(), options))).rejects.toThrow(message);
  });

  test("the timeout is a minute unless said", async () => {
    await using gateway = await startGateway(config(llm()));
    const [plugin] = gateway.gateway.config.plugins;
    expect(plugin?.options).toMatchObject({ http_timeout: 60_000, https_verify: true });
  });
});
