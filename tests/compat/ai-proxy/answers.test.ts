import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import {
  ask,
  eventsOf,
  openai,
  type ProxyOptions,
  proxies,
  startGateway,
  textOf,
} from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

async function call(over: ProxyOptions, body: object, init: BunFetchRequestInit = {}) {
  await using gateway = await startGateway(proxies(openai(lab.url, over)));
  const response = await gateway.post("/ai", body, init);
  return { response, text: await response.text() };
}

const COMPLETIONS = { route_type: "llm/v1/completions" };
const prompt = (model: string, more: object = {}) => ({ model, prompt: "Say hello", ...more });

describe("the providers that speak OpenAI's dialect", () => {
  const chat = () => `${lab.url}/v1/chat/completions`;
  const azure = { azure_instance: "res", azure_deployment_id: "lab/echo" };

  test.each<[string, object]>([
    ["openai", {}],
    ["azure", azure],
    ["mistral", { mistral_format: "openai" }],
    ["llama2", { llama2_format: "openai" }],
    ["xai", {}],
    ["cerebras", {}],
    ["dashscope", {}],
    ["databricks", {}],
    ["deepseek", {}],
    ["vllm", {}],
  ])("%s, whole and streamed", async (provider, options) => {
    const model = { provider, options: { upstream_url: chat(), ...options } };
    const whole = await call({ model }, ask("lab/echo"));
    expect(whole.response.status).toBe(200);
    expect(whole.response.headers.get("x-kong-llm-model")).toBe(`${provider}/lab/echo`);
    expect(JSON.parse(whole.text)).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { content: "Say hello to the world" }, finish_reason: "stop" }],
      usage: { prompt_tokens: 8 },
    });
    const streamed = await call({ model }, ask("lab/echo", { stream: true }));
    expect(textOf(streamed.text)).toBe("Say hello to the world");
    expect(eventsOf(streamed.text).at(-1)).toBe("[DONE]");
  });

  test("huggingface, behind an endpoint of its own", async () => {
    const model = { provider: "huggingface", options: { upstream_url: lab.url } };
    const { response } = await call({ model }, ask("lab/echo"));
    expect(response.status).toBe(200);
    expect(lab.requests[0]?.path).toBe("/v1/chat/completions");
    expect(lab.requests[0]?.headers.get("x-use-cache")).toBe("false");
  });

  test.each<[string, object]>([
    ["openai", {}],
    ["azure", azure],
    ["llama2", { llama2_format: "openai" }],
    ["vllm", {}],
  ])("completions on %s", async (provider, options) => {
    const upstream = { upstream_url: `${lab.url}/v1/completions`, ...options };
    const over = { ...COMPLETIONS, model: { provider, options: upstream } };
    const whole = await call(over, prompt("lab/echo"));
    expect(JSON.parse(whole.text)).toMatchObject({
      object: "text_completion",
      choices: [{ text: "Say hello", finish_reason: "stop" }],
      usage: { total_tokens: expect.any(Number) },
    });
    const streamed = await call(over, prompt("lab/echo", { stream: true }));
    const events = eventsOf(streamed.text);
    const texts = events.slice(0, -1).map((data) => JSON.parse(data).choices[0].text);
    expect(texts.join("")).toBe("Say hello");
    expect(events.at(-1)).toBe("[DONE]");
  });

  test("a provider without completions is refused at load", async () => {
    const model = { provider: "xai", options: { upstream_url: chat() } };
    const loading = call({ ...COMPLETIONS, model }, prompt("m"));
    await expect(loading).rejects.toThrow("provider xai has no 'llm/v1/completions'");
  });
});

describe("a vendor's 200 that is no answer", () => {
  /** An upstream that answers everything with this. */
  async function against(body: string, over: ProxyOptions, request: object) {
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => new Response(body, { headers: { "content-type": "application/json" } }),
    });
    try {
      const options = { upstream_url: `http://127.0.0.1:${upstream.port}/x` };
      const { response, text } = await call(
        { model: { provider: "openai", options }, ...over },
        request,
      );
      return [response.status, JSON.parse(text).error.message];
    } finally {
      await upstream.stop(true);
    }
  }

  test.each([
    ["", "no response body found when transforming response"],
    [
      "{}",
      "transformation failed from type openai://llm/v1/chat: 'choices' not in llm/v1/chat response",
    ],
    [
      "[]",
      "transformation failed from type openai://llm/v1/chat: failed to decode llm/v1/chat response",
    ],
    [
      "{",
      "transformation failed from type openai://llm/v1/chat: failed to decode llm/v1/chat response",
    ],
  ])("chat %j", async (body, message) => {
    expect(await against(body, {}, ask("m"))).toEqual([500, message]);
  });

  test.each([
    ["", "no response body found when transforming response"],
    [
      "{}",
      "transformation failed from type openai://llm/v1/completions: 'choices' not in llm/v1/completions response",
    ],
  ])("completions %j", async (body, message) => {
    expect(await against(body, COMPLETIONS, prompt("m"))).toEqual([500, message]);
  });
});

describe("which statuses carry an answer", () => {
  const answer = { content: [{ type: "text", text: "hi" }], stop_reason: "end_turn" };

  test.each([
    [200, true],
    [201, true],
    [202, false],
    [206, false],
    [422, false],
  ])("%d is translated: %p", async (status, isTranslated) => {
    const upstream = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: () => Response.json(answer, { status }),
    });
    try {
      const upstream_url = `http://127.0.0.1:${upstream.port}/x`;
      const options = { anthropic_version: "2023-06-01", upstream_url };
      const over = { model: { provider: "anthropic", options } };
      const { response, text } = await call(over, ask("claude-sonnet-4-5"));
      expect(response.status).toBe(status);
      if (!isTranslated) expect(JSON.parse(text)).toEqual(answer);
      else expect(JSON.parse(text)).toMatchObject({ choices: [{ message: { content: "hi" } }] });
    } finally {
      await upstream.stop(true);
    }
  });
});

test("Azure's first chunk, without choices, is the client's to see", async () => {
  const chunks = [
    { choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: {} }] },
    { id: "1", choices: [{ index: 0, delta: { role: "assistant", content: "hi" } }] },
    { id: "1", choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
  ].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
  const upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () =>
      new Response(`${chunks.join("")}data: [DONE]\n\n`, {
        headers: { "content-type": "text/event-stream" },
      }),
  });
  try {
    const upstream_url = `http://127.0.0.1:${upstream.port}/x`;
    const options = { upstream_url, azure_instance: "i", azure_deployment_id: "d" };
    const over = { model: { provider: "azure", options } };
    const { text } = await call(over, ask("m", { stream: true }));
    expect(text).toBe(`${chunks.join("")}data: [DONE]\n\n`);
  } finally {
    await upstream.stop(true);
  }
});

describe("a stream's sequence", () => {
  test("role, content, finish, [DONE]: each in its own event, once", async () => {
    const { text } = await call({}, ask("lab/echo", { stream: true }));
    expect(text).toEndWith("data: [DONE]\n\n");
    const events = eventsOf(text);
    expect(events.filter((data) => data === "[DONE]")).toHaveLength(1);
    const chunks = events.slice(0, -1).map((data) => JSON.parse(data));
    expect(chunks[0].choices[0].delta).toMatchObject({ role: "assistant", content: "" });
    expect(chunks.at(-1).choices[0]).toMatchObject({ delta: {}, finish_reason: "stop" });
    for (const { choices } of chunks.slice(1, -1)) expect(choices[0].finish_reason).toBeNull();
    expect(new Set(chunks.map(({ id, created }) => `${id} ${created}`)).size).toBe(1);
  });

  test("a client that asks for usage gets it, last and alone", async () => {
    const body = ask("lab/echo", { stream: true, stream_options: { include_usage: true } });
    const { text } = await call({}, body);
    const chunks = eventsOf(text)
      .slice(0, -1)
      .map((data) => JSON.parse(data));
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 8 } });
    for (const { usage } of chunks.slice(0, -1)) expect(usage).toBeNull();
  });

  test.each([{}, { stream_options: { include_usage: false } }])(
    "a client that does not (%j) gets none, though the gateway asked",
    async (more) => {
      const { text } = await call({}, ask("lab/echo", { stream: true, ...more }));
      expect(lab.requests[0]?.body).toContain('"include_usage":true');
      for (const data of eventsOf(text).slice(0, -1)) {
        expect(JSON.parse(data).choices).toHaveLength(1);
        expect(JSON.parse(data).usage ?? null).toBeNull();
      }
    },
  );

  test("without statistics nobody asks", async () => {
    await call({ logging: {} }, ask("lab/echo", { stream: true }));
    expect(lab.requests[0]?.body).not.toContain("include_usage");
  });

  test("7.1 a vendor that answers a stream with JSON is streamed all the same", async () => {
    const body = ask("lab/json-for-stream+echo", { stream: true });
    const { response, text } = await call({}, body);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(textOf(text)).toBe("Say hello to the world");
    expect(eventsOf(text).at(-1)).toBe("[DONE]");
  });
});

describe("a refused stream", () => {
  test.each([400, 401, 403, 404, 422, 429, 500, 503, 529])(
    "%d is the vendor's own",
    async (status) => {
      const body = ask(`lab/${status}`, { stream: true });
      const { response, text } = await call({}, body);
      const direct = await fetch(`${lab.url}/v1/chat/completions`, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json" },
      });
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toBe(direct.headers.get("content-type"));
      expect(text).toBe(await direct.text());
      expect(response.headers.get("retry-after")).toBe(direct.headers.get("retry-after"));
      expect(response.headers.get("x-kong-llm-model")).toBeNull();
    },
  );
});

describe("X-Kong-LLM-Model", () => {
  const header = (headers: Headers) => headers.get("x-kong-llm-model");
  const off = { model_name_header: false };
  const debug = { headers: { "kong-debug": "1" } };

  test("with 200 and model_name_header, whole or streamed", async () => {
    for (const stream of [false, true]) {
      const { response } = await call({}, ask("lab/echo", { stream }));
      expect(header(response.headers)).toBe("openai/lab/echo");
    }
  });

  test("not with another status, nor when it is off", async () => {
    expect(header((await call({}, ask("lab/500"))).response.headers)).toBeNull();
    expect(header((await call({}, {})).response.headers)).toBeNull();
    expect(header((await call(off, ask("lab/echo"))).response.headers)).toBeNull();
  });

  test("Kong-Debug brings it, where the gateway allows that", async () => {
    for (const allowDebugHeader of [true, false]) {
      await using gateway = await startGateway(proxies(openai(lab.url, off)), { allowDebugHeader });
      const response = await gateway.post("/ai", ask("lab/echo"), debug);
      expect(header(response.headers)).toBe(allowDebugHeader ? "openai/lab/echo" : null);
      expect(lab.requests.at(-1)?.headers.get("kong-debug")).toBeNull();
    }
  });
});

describe("gzip in and out", () => {
  /** The answer's bytes as they are on the wire. */
  async function onTheWire(model: string, accept: string, stream = false) {
    await using gateway = await startGateway(proxies(openai(lab.url)));
    const init = { decompress: false, headers: { "accept-encoding": accept } };
    const response = await gateway.post("/ai", ask(model, { stream }), init);
    return { headers: response.headers, bytes: await response.bytes() };
  }

  test.each([
    ["gzip", "lab/echo+gzip", true],
    ["gzip, deflate, br", "lab/echo+br", true],
    ["identity", "lab/echo+gzip", false],
    ["gzip;q=0", "lab/echo+gzip", false],
    ["", "lab/echo+gzip", false],
    ["gzip", "lab/echo", false],
    ["gzip", "lab/500+gzip", true],
    ["identity", "lab/500+gzip", false],
  ])("a client that accepts %j and %s", async (accept, model, isCompressed) => {
    const { headers, bytes } = await onTheWire(model, accept);
    expect(headers.get("content-encoding")).toBe(isCompressed ? "gzip" : null);
    expect(headers.get("content-length")).toBe(String(bytes.byteLength));
    const text = new TextDecoder().decode(isCompressed ? gunzipSync(bytes) : bytes);
    expect(JSON.parse(text)).toBeObject();
    const asked = lab.requests[0]?.headers.get("accept-encoding");
    expect(asked).toBe(/gzip(?!;q=0)/.test(accept) ? "gzip, identity" : "identity");
  });

  test("a stream is never compressed", async () => {
    const { headers, bytes } = await onTheWire("lab/echo+gzip", "gzip", true);
    expect(headers.get("content-encoding")).toBeNull();
    expect(headers.get("content-length")).toBeNull();
    expect(textOf(new TextDecoder().decode(bytes))).toBe("Say hello to the world");
  });

  test.each([false, true])("cookies stay behind, other headers come, stream %p", async (stream) => {
    const { response } = await call({}, ask("lab/set-cookie", { stream }));
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(response.headers.get("openai-organization")).toBe("org-lab");
    expect(response.headers.get("x-kong-upstream-latency")).toMatch(/^\d+$/);
    expect(response.headers.get("x-kong-proxy-latency")).toMatch(/^\d+$/);
    expect(response.headers.get("x-kong-request-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(response.headers.get("via")).toBe("1.1 dragoman");
  });
});
