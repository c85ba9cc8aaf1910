import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { ask, eventsOf, openai, type ProxyOptions, proxies, startGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

async function call(over: ProxyOptions, body: object) {
  await using gateway = await startGateway(proxies(openai(lab.url, over)));
  const response = await gateway.post("/ai", body);
  const text = await response.text();
  const sent = lab.requests.at(-1)?.body;
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    headers: response.headers,
    text,
    sent: sent === undefined ? undefined : JSON.parse(sent),
  };
}

describe("deny, allow, always matrix", () => {
  const STREAM = "text/event-stream; charset=utf-8";
  const JSON_TYPE = "application/json";

  test.each([
    ["allow", true, true, STREAM],
    ["allow", false, false, JSON_TYPE],
    ["allow", undefined, undefined, JSON_TYPE],
    ["always", true, true, STREAM],
    ["always", false, true, STREAM],
    ["always", undefined, true, STREAM],
    ["deny", false, false, JSON_TYPE],
    ["deny", undefined, undefined, JSON_TYPE],
  ])("%s, asked %p: sent %p", async (policy, asked, sentStream, type) => {
    const body = ask("lab/echo", asked === undefined ? {} : { stream: asked });
    const { status, sent, type: answered, text } = await call({ response_streaming: policy }, body);
    expect(status).toBe(200);
    expect(sent.stream).toBe(sentStream);
    expect(answered).toBe(type);
    if (type === STREAM) expect(eventsOf(text).at(-1)).toBe("[DONE]");
    else expect(JSON.parse(text).object).toBe("chat.completion");
  });

  test("deny refuses a stream", async () => {
    const body = ask("lab/echo", { stream: true });
    const { status, text } = await call({ response_streaming: "deny" }, body);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      error: { message: "response streaming is not enabled for this LLM" },
    });
    expect(lab.requests).toHaveLength(0);
  });

  test("a whole answer, and an error, is kept by no cache", async () => {
    for (const model of ["lab/echo", "lab/500"]) {
      const { headers } = await call({}, ask(model));
      expect(headers.get("cache-control")).toBe("no-store");
    }
  });

  test("a stream says how it is to be handled", async () => {
    const { headers } = await call({}, ask("lab/echo", { stream: true }));
    expect(headers.get("cache-control")).toBe("no-cache");
    expect(headers.get("x-accel-buffering")).toBe("no");
    expect(headers.get("content-length")).toBeNull();
    expect(headers.get("content-encoding")).toBeNull();
    expect(lab.requests[0]?.headers.get("accept-encoding")).toBe("identity");
  });
});

describe("options and request", () => {
  const configured = (precedence: string, options: object) => ({
    options_precedence: precedence,
    model: {
      provider: "openai",
      options: { upstream_url: `${lab.url}/v1/chat/completions`, ...options },
    },
  });
  const asked = ask("lab/echo+lenient", {
    temperature: 0.1,
    max_tokens: 100,
    some_extra_param: "string_val",
    another_extra_param: 0.5,
  });

  test("by default the configuration wins, and all else is as it came", async () => {
    const { options_precedence: _, ...over } = configured("", { max_tokens: 1024, top_p: 0.5 });
    const { sent } = await call(over, asked);
    expect(sent).toEqual({ ...asked, max_tokens: 1024, top_p: 0.5 });
  });

  test("under request the request wins, but for the cap", async () => {
    const options = { max_tokens: 50, top_p: 0.5, temperature: 1 };
    const { sent } = await call(configured("request", options), asked);
    expect(sent).toEqual({ ...asked, max_tokens: 50, top_p: 0.5 });
  });

  test("under request a smaller cap of the request's own holds", async () => {
    const { sent } = await call(configured("request", { max_tokens: 1024 }), asked);
    expect(sent.max_tokens).toBe(100);
  });

  test("configured twice, an option is its own for each", async () => {
    await using gateway = await startGateway(
      proxies(
        openai(lab.url, { path: "/a", ...configured("config", { temperature: 0.5 }) }),
        openai(lab.url, { path: "/b", ...configured("config", { temperature: 1.5 }) }),
      ),
    );
    await Promise.all(
      ["/a", "/b", "/a", "/b"].map(async (path) => {
        const response = await gateway.post(path, ask("lab/echo", { user: path }));
        await response.arrayBuffer();
      }),
    );
    for (const { body } of lab.requests) {
      const { user, temperature } = JSON.parse(body);
      expect(temperature).toBe(user === "/a" ? 0.5 : 1.5);
    }
  });
});

describe("what OpenAI does not take", () => {
  const with_ = (name: string, options: object) => ({
    model: {
      provider: "openai",
      name,
      options: { upstream_url: `${lab.url}/v1/chat/completions`, ...options },
    },
  });

  test("top_k stays behind, configured or asked", async () => {
    const { status, sent } = await call(
      with_("lab/echo", { top_k: 5 }),
      ask("lab/echo", { top_k: 9 }),
    );
    expect(status).toBe(200);
    expect(sent).not.toHaveProperty("top_k");
  });

  test.each(["o1", "o3-mini", "o4-mini", "gpt-5", "gpt-5-nano"])(
    "%s takes max_completion_tokens",
    async (name) => {
      const { status, sent } = await call(with_(name, { max_tokens: 64 }), ask(name));
      expect([status, sent.max_tokens, sent.max_completion_tokens]).toEqual([200, undefined, 64]);
    },
  );

  test("any other takes max_tokens", async () => {
    const { sent } = await call(with_("gpt-4o", {}), ask("gpt-4o", { max_completion_tokens: 7 }));
    expect([sent.max_tokens, sent.max_completion_tokens]).toEqual([7, undefined]);
  });

  test("extra_body is merged into the request", async () => {
    const body = ask("lab/echo", {
      metadata: { a: "1" },
      extra_body: { metadata: { b: "2" }, seed: 5 },
    });
    const { sent } = await call(with_("lab/echo", {}), body);
    expect(sent).toMatchObject({ metadata: { a: "1", b: "2" }, seed: 5 });
    expect(sent).not.toHaveProperty("extra_body");
  });
});
