import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { startGateway, type TestGateway } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const here = () => ({ type: "vllm", url: `${lab.url}/v1` });
const PRICED = { max_tokens: 12, input_cost: 10, output_cost: 10 };
const asked = (input: unknown, more: object = {}) => ({ model: "fast", input, ...more });

async function say(gateway: TestGateway, body: object, headers: Record<string, string> = {}) {
  const response = await gateway.post("/v1/responses", body, { headers });
  const json = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, json };
}

describe("what holds for clients of chats holds for those of Responses", () => {
  test("a forbidden pattern is refused in instructions, items and results of tools", async () => {
    await using gateway = await startGateway({
      providers: { here: here() },
      models: { fast: "here/echo" },
      plugins: [
        {
          name: "ai-prompt-guard",
          config: { deny_patterns: ["secret"], match_all_roles: true },
        },
      ],
    });
    const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };
    const result = { type: "function_call_output", call_id: "c", output: "a secret" };
    for (const body of [
      asked("a secret"),
      asked("Hi", { instructions: "a secret" }),
      asked([{ role: "user", content: [{ type: "input_text", text: "a secret" }] }]),
      asked([{ role: "user", content: "Hi" }, call, result]),
    ]) {
      const { status, json } = await say(gateway, body);
      expect([status, json]).toMatchObject([400, { error: { type: "invalid_request_error" } }]);
    }
    expect(lab.requests).toEqual([]);
    const { status, json } = await say(gateway, asked("Hi"));
    expect([status, json]).toMatchObject([200, { object: "response", status: "completed" }]);
  });

  test("a kept answer comes under an id of its own, and none where OpenAI's state is leant on", async () => {
    await using gateway = await startGateway({
      providers: { here: here() },
      models: { fast: { use: "here/echo", cache: "semantic" } },
    });
    const body = asked("How many legs has a spider?");
    const first = await say(gateway, body);
    const second = await say(gateway, body);
    expect(lab.requests.length).toBe(1);
    expect(second.headers.get("x-cache-status")).toBe("Hit");
    expect(second.json["id"]).not.toBe(first.json["id"]);
    expect(second.json["output"]).toMatchObject([{ type: "message", role: "assistant" }]);
    const leaning = await say(gateway, { ...body, previous_response_id: "resp_1" });
    expect(leaning.status).toBe(400);
    expect(leaning.headers.get("x-cache-status")).not.toBe("Hit");
  });

  test("a budget that is spent is 429 with insufficient_quota, which Codex stops at", async () => {
    await using gateway = await startGateway({
      providers: { here: here() },
      models: { fast: { use: "here/echo", options: PRICED } },
      keys: { web: { key: "dg-web-key-1", budget: "$0.0002/day" } },
    });
    const key = { authorization: "Bearer dg-web-key-1" };
    expect((await say(gateway, asked("Hi there, you"), key)).status).toBe(200);
    const { status, headers, json } = await say(gateway, asked("Hi"), key);
    expect([status, json]).toMatchObject([429, { error: { code: "insufficient_quota" } }]);
    expect(headers.get("x-should-retry")).toBe("false");
  });
});

test("a WebSocket is refused with 426 at once, so that Codex goes on over HTTP", async () => {
  await using gateway = await startGateway({ providers: { here: here() } });
  const response = await fetch(`${gateway.url}/v1/responses`, {
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    },
  });
  expect(response.status).toBe(426);
  expect(response.headers.get("upgrade")).toBe("HTTP/1.1");
  expect(await response.text()).toContain("WebSockets are not served at /v1/responses");
});

describe("Cursor sends a response's request to the address of chats", () => {
  const body = asked([{ role: "user", content: [{ type: "input_text", text: "Hi" }] }], {
    instructions: "Be brief.",
    tools: [{ type: "web_search" }, { type: "custom", name: "apply_patch" }],
  });

  test("and is answered as a chat, whole and streamed", async () => {
    await using gateway = await startGateway({
      providers: { here: here() },
      models: { fast: "here/echo" },
    });
    const whole = await gateway.post("/v1/chat/completions", body);
    expect(await whole.json()).toMatchObject({
      object: "chat.completion",
      choices: [{ message: { tool_calls: [{ function: { name: "apply_patch" } }] } }],
    });
    expect(whole.headers.get("x-dragoman-notices")).toContain("tools[0]");
    const streamed = await gateway.post("/v1/chat/completions", {
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    const text = await streamed.text();
    expect(text).toContain('"object":"chat.completion.chunk"');
    expect(text).toContain('"usage":{"prompt_tokens"');
    expect(text).toEndWith("data: [DONE]\n\n");
  });

  test("but texts for vectors stay what they are", async () => {
    await using gateway = await startGateway({
      providers: { here: here() },
      models: { fast: "here/echo" },
    });
    const response = await gateway.post("/v1/chat/completions", asked("Hi"));
    expect(response.status).toBe(400);
    expect(lab.requests).toEqual([]);
  });
});
