import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { proxies, startGateway, type TestGateway } from "../../gateway.ts";

let lab: Lab;
let gateway: TestGateway;
beforeAll(async () => {
  lab = await startLab({ keys: ["sk-vendor"] });
  const target = (provider: string, url: string, key: [string, string], options: object = {}) => ({
    path: `/${provider}`,
    route_type: "llm/v1/chat",
    llm_format: "anthropic",
    auth: { header_name: key[0], header_value: key[1] },
    model: { provider, options: { upstream_url: `${lab.url}${url}`, ...options } },
  });
  const bearer: [string, string] = ["Authorization", "Bearer sk-vendor"];
  gateway = await startGateway(
    proxies(
      target("openai", "/v1/chat/completions", bearer),
      target("anthropic", "/v1/messages", ["x-api-key", "sk-vendor"], {
        anthropic_version: "2023-06-01",
      }),
    ),
  );
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await lab.stop();
});
beforeEach(() => lab.reset());

const asking = (model: string, more: object = {}) => ({
  model,
  max_tokens: 99,
  messages: [{ role: "user", content: "Say hello to the world" }],
  ...more,
});

describe("llm_format: anthropic", () => {
  test.each(["openai", "anthropic"])("towards %s, whole and streamed", async (provider) => {
    const model = provider === "openai" ? "gpt-4o-mini" : "claude-sonnet-4-5";
    const path = `/${provider}/v1/messages`;
    const whole = await gateway.post(path, asking(model));
    expect(whole.status).toBe(200);
    expect(await whole.json()).toMatchObject({
      type: "message",
      role: "assistant",
      content: [{ type: "text", text: expect.stringContaining("hello") }],
      usage: { input_tokens: expect.any(Number) },
    });
    const streamed = await gateway.post(path, asking(model, { stream: true }));
    expect(streamed.headers.get("content-type")).toStartWith("text/event-stream");
    const names = [...(await streamed.text()).matchAll(/^event: (\w+)/gm)].map(([, name]) => name);
    expect(names[0]).toBe("message_start");
    expect(names.at(-1)).toBe("message_stop");
  });

  test("a vendor's own error comes as it came; another vendor's in the client's dialect", async () => {
    const own = await gateway.post("/anthropic/v1/messages", asking("lab/429"));
    const other = await gateway.post("/openai/v1/messages", asking("lab/429"));
    for (const response of [own, other]) {
      expect(response.status).toBe(429);
      expect(response.headers.get("retry-after")).toBe("2");
      expect(await response.json()).toMatchObject({
        type: "error",
        error: { type: "rate_limit_error" },
      });
    }
  });

  test("members that no table here knows go through, and the answer's too", async () => {
    const text = JSON.stringify(asking("claude-sonnet-4-5", { metadata: { user_id: "u" } }));
    const spaced = text.replaceAll(",", " ,");
    expect((await gateway.post("/anthropic/v1/messages", spaced)).status).toBe(200);
    expect(lab.requests[0]?.body).toBe(spaced);
  });

  test("a chat of OpenAI's is refused where Anthropic's is spoken", async () => {
    const response = await gateway.post("/openai/v1/messages", { model: "m", prompt: "Hi" });
    expect([response.status, await response.json()]).toMatchObject([400, { type: "error" }]);
  });

  test("how long a prompt is: asked of Anthropic, estimated for others", async () => {
    const counted = await gateway.post("/openai/v1/messages/count_tokens", asking("gpt-4o-mini"));
    expect(await counted.json()).toEqual({ input_tokens: 6 });
    expect(lab.requests).toEqual([]);
    await gateway.post("/anthropic/v1/messages/count_tokens", asking("claude-sonnet-4-5"));
    expect(lab.requests[0]?.path).toBe("/v1/messages/count_tokens");
  });
});
