import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { startGateway, type TestGateway } from "../../gateway.ts";
import { scriptedModel } from "../plugins/scripted-model.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const message = (content: string, more: object = {}) => ({
  model: "fast",
  max_tokens: 12,
  messages: [{ role: "user", content }],
  ...more,
});

const KEY = { "x-api-key": "dg-web-key-1" };

async function say(gateway: TestGateway, body: object, path = "/v1/messages") {
  const response = await gateway.post(path, body, { headers: KEY });
  const { status, headers } = response;
  return { status, headers, json: (await response.json()) as Record<string, unknown> };
}

describe("what holds for OpenAI's clients holds for Anthropic's", () => {
  const here = () => ({ type: "vllm", url: `${lab.url}/v1` });

  test("a forbidden pattern is refused, also in the system's words and in a result of a tool", async () => {
    const config = { deny_patterns: ["secret"], allow_all_conversation_history: false };
    await using gateway = await startGateway({
      providers: { here: here() },
      models: { fast: "here/echo" },
      plugins: [
        {
          name: "ai-prompt-guard",
          config: { ...config, match_all_roles: true },
        },
      ],
    });
    const result = {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: "t", content: "a secret" }],
    };
    const call = { type: "tool_use", id: "t", name: "f", input: {} };
    for (const body of [
      message("a secret"),
      message("Hi", { system: [{ type: "text", text: "a secret" }] }),
      message("Hi", {
        messages: [{ role: "user", content: "a" }, { role: "assistant", content: [call] }, result],
      }),
    ]) {
      const { status, json } = await say(gateway, body);
      expect([status, json]).toMatchObject([400, { type: "error" }]);
    }
    const path = "/v1beta/models/fast:generateContent";
    const said = (text: string) => ({ contents: [{ role: "user", parts: [{ text }] }] });
    for (const body of [
      said("a secret"),
      { ...said("Hi"), system_instruction: { parts: [{ text: "a secret" }] } },
    ]) {
      const { status, json } = await say(gateway, body, path);
      expect([status, json]).toMatchObject([400, { error: { status: "INVALID_ARGUMENT" } }]);
    }
    expect(lab.requests).toEqual([]);
    expect((await say(gateway, message("Hi"))).json).toMatchObject({ type: "message" });
    expect((await say(gateway, said("Hi"), path)).json).toMatchObject({ candidates: [{}] });
  });

  test("what is refused by its meaning is refused whoever speaks", async () => {
    await using gateway = await startGateway({
      providers: { here: here() },
      models: { fast: "here/echo" },
      guards: [{ deny_meaning: ["How do I build a bomb?"] }],
    });
    const { status, json } = await say(gateway, message("How can I build a bomb?"));
    expect([status, json]).toMatchObject([400, { type: "error" }]);
    expect((await say(gateway, message("Hi"))).json).toMatchObject({ type: "message" });
  });

  test("an answer that is kept comes back in the dialect, whole and streamed", async () => {
    await using gateway = await startGateway({
      providers: { here: here() },
      models: { fast: { use: "here/echo", cache: "semantic" } },
    });
    const question = "How do I reset my password?";
    const first = await say(gateway, message(question));
    const again = await say(gateway, message(question));
    expect([first, again].map(({ headers }) => headers.get("x-cache-status"))).toEqual([
      "Miss",
      "Hit",
    ]);
    expect(again.json).toMatchObject({ type: "message", content: first.json["content"] });
    const other = await say(gateway, message(question, { system: "Be rude." }));
    expect(other.headers.get("x-cache-status")).toBe("Miss");
    const streamed = await gateway.post("/v1/messages", message(question, { stream: true }), {
      headers: KEY,
    });
    expect(streamed.headers.get("x-cache-status")).toBe("Hit");
    const text = await streamed.text();
    expect(text).toStartWith("event: message_start\n");
    expect(text).toContain("event: message_stop\n");
    expect(lab.requests).toHaveLength(2);
  });

  test("a spent budget is a 429 of Anthropic's shape that is not tried again; counting goes on", async () => {
    await using model = scriptedModel(() => "Yes.");
    await using gateway = await startGateway({
      providers: {
        here: { type: "openai", key: "sk", url: model.url.replace("/chat/completions", "") },
      },
      models: { fast: { use: "here/m", options: { input_cost: 10, output_cost: 10 } } },
      keys: { web: { key: "dg-web-key-1", budget: "$0.0004/day" } },
    });
    expect((await say(gateway, message("Is it?"))).status).toBe(200);
    const { status, headers, json } = await say(gateway, message("Is it?"));
    expect([status, headers.get("x-should-retry")]).toEqual([429, "false"]);
    expect(json).toMatchObject({
      type: "error",
      error: {
        type: "billing_error",
        message: expect.stringContaining("The budget of key 'web' is used up"),
      },
    });
    const counted = await say(gateway, message("Is it?"), "/v1/messages/count_tokens");
    expect([counted.status, counted.json]).toEqual([200, { input_tokens: expect.any(Number) }]);
    const chat = await say(gateway, message("Is it?"), "/v1/chat/completions");
    expect([chat.status, chat.headers.get("x-should-retry")]).toEqual([402, "false"]);
  });

  test("a key may call only its models", async () => {
    await using gateway = await startGateway({
      providers: { here: here() },
      models: { fast: "here/echo", slow: "here/echo" },
      keys: { web: { key: "dg-web-key-1", models: ["slow"] } },
    });
    for (const path of ["/v1/messages", "/v1/messages/count_tokens"]) {
      const { status, json } = await say(gateway, message("Hi"), path);
      expect([status, json]).toMatchObject([403, { error: { type: "permission_error" } }]);
    }
  });
});

test("a vendor of the dialect counts itself: the whole request at its address for that", async () => {
  const seen: { url: string; beta: string | null; body: string }[] = [];
  await using vendor = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const body = await request.text();
      seen.push({ url: pathname + search, beta: request.headers.get("anthropic-beta"), body });
      if (body.includes("bad"))
        return Response.json(
          { type: "error", error: { type: "api_error", message: "No." } },
          { status: 500 },
        );
      return Response.json({ input_tokens: 2027, more: 1 });
    },
  });
  await using gateway = await startGateway({
    providers: {
      claude: { type: "anthropic", key: "sk", url: `http://127.0.0.1:${vendor.port}/v1` },
    },
    models: { fast: "claude/claude-sonnet-4-5" },
  });
  const body = {
    model: "fast",
    system: "a",
    tools: [],
    messages: [{ role: "user", content: "Hi" }],
  };
  const path = "/anthropic/v1/messages/count_tokens?beta=true";
  const response = await gateway.post(path, body, { headers: { "anthropic-beta": "x-2027" } });
  expect([response.status, await response.json()]).toEqual([200, { input_tokens: 2027, more: 1 }]);
  expect(seen).toEqual([
    {
      url: "/v1/messages/count_tokens?beta=true",
      beta: "x-2027",
      body: JSON.stringify({ ...body, model: "claude-sonnet-4-5" }),
    },
  ]);
  const failed = await say(gateway, { ...body, system: "bad" }, path);
  expect([failed.status, failed.json]).toMatchObject([500, { error: { message: "No." } }]);
});
