import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Lab, startLab } from "../../../src/lab/lab.ts";
import { openai, type ProxyOptions, startGateway, textOf } from "../../gateway.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());
beforeEach(() => lab.reset());

const message = (role: string, content: unknown) => ({ role, content });
const PROMPTS = {
  prepend: [{ content: "P1" }],
  append: [message("user", "A1")],
};
const Q = { model: "lab/echo", messages: [message("user", "Q")] };

function config(options: object, target: ProxyOptions = openai(lab.url)) {
  const plugins = [
    { name: "ai-prompt-decorator", config: options },
    { name: "ai-proxy", config: target },
  ];
  const routes = [{ name: "ai", paths: ["/ai"], plugins }];
  return { _format_version: "3.0", services: [{ name: "s", url: "http://localhost:1", routes }] };
}

async function call(options: object, body: object | string, target?: ProxyOptions) {
  await using gateway = await startGateway(config(options, target));
  const response = await gateway.post("/ai", body);
  const sent = lab.requests.at(-1)?.body;
  return { status: response.status, text: await response.text(), sent: sent && JSON.parse(sent) };
}

describe("messages are added", () => {
  test("vector: decorator, before and after the client's, in order; the role is system unless said", async () => {
    const { sent } = await call({ prompts: PROMPTS }, Q);
    expect(sent.messages).toEqual([
      message("system", "P1"),
      message("user", "Q"),
      message("user", "A1"),
    ]);
  });

  test("of every role, on either side", async () => {
    const roles = ["system", "assistant", "user"];
    const prompts = {
      prepend: roles.map((role) => message(role, `before ${role}`)),
      append: roles.map((role) => message(role, `after ${role}`)),
    };
    const { sent } = await call({ prompts }, Q);
    expect(sent.messages).toEqual([...prompts.prepend, message("user", "Q"), ...prompts.append]);
  });

  test("errors and notices are about the client's own messages; null says nothing", async () => {
    const options = { upstream_url: `${lab.url}/v1/messages`, anthropic_version: "2023-06-01" };
    const model = { provider: "anthropic", name: "lab/echo", options };
    const target = openai(lab.url, {
      auth: { header_name: "x-api-key", header_value: "k" },
      model,
      fidelity: "strict",
    });
    const said = (own: object) => ({ ...Q, messages: [{ ...message("user", "Q"), ...own }] });
    const lost = await call({ prompts: PROMPTS }, said({ name: "Ann" }), target);
    expect(lost.status).toBe(400);
    expect(lost.text).toContain("messages[0].name would be dropped");
    const wrong = await call({ prompts: PROMPTS }, said({ content: [{ type: "odd" }] }), target);
    expect(wrong.text).toContain("messages[0].content[0].type must be");
    const nothing = { ...said({ name: null, unknown: null }), logit_bias: null, unknown: null };
    expect((await call({ prompts: PROMPTS }, nothing, target)).status).toBe(200);
  });

  test("nothing else of the request changes", async () => {
    const body = {
      ...Q,
      model: "lab/lenient+echo",
      temperature: 0.5,
      n: 1,
      unknown_member: { a: [1] },
    };
    const { sent } = await call({ prompts: PROMPTS }, body);
    const { messages: _sent, ...rest } = sent;
    const { messages: _own, ...own } = body;
    expect(rest).toEqual(own);
  });

  test("images, tool calls and their results stay as they are", async () => {
    const image = { type: "image_url", image_url: { url: "https://x.test/i.png" } };
    const call_1 = { id: "c1", type: "function", function: { name: "f", arguments: "{}" } };
    const messages = [
      message("user", [image]),
      { role: "assistant", content: null, tool_calls: [call_1] },
      { role: "tool", tool_call_id: "c1", content: "42" },
    ];
    const { sent, status } = await call({ prompts: PROMPTS }, { ...Q, messages });
    expect(status).toBe(200);
    expect(sent.messages.slice(1, -1)).toEqual(messages);
  });

  test("streams flow", async () => {
    const { text } = await call({ prompts: PROMPTS }, { ...Q, stream: true });
    expect(textOf(text)).toBe("A1");
  });

  test("a completion's prompt gets lines", async () => {
    const target = openai(lab.url, { route_type: "llm/v1/completions" });
    const { sent } = await call({ prompts: PROMPTS }, { model: "lab/plain", prompt: "Q" }, target);
    expect(sent.prompt).toBe("P1\nQ\nA1");
  });

  test("10,000 messages", async () => {
    const messages = Array.from({ length: 10_000 }, (_, at) => message("user", `m${at}`));
    const { sent } = await call({ prompts: PROMPTS }, { ...Q, messages });
    expect(sent.messages).toHaveLength(10_002);
  });

  test("the same is added to every call", async () => {
    await using gateway = await startGateway(config({ prompts: PROMPTS }));
    for (const _ of [1, 2, 3]) await gateway.post("/ai", Q);
    const lengths = lab.requests.map(({ body }) => JSON.parse(body).messages.length);
    expect(lengths).toEqual([3, 3, 3]);
  });
});

describe("what is refused", () => {
  const NO_CHAT = "this LLM route only supports llm/chat type requests";
  test.each<[string, object | string, number, string]>([
    ["no messages", { model: "m" }, 400, NO_CHAT],
    ["an empty list", { messages: [] }, 400, NO_CHAT],
    ["a text for messages", { messages: "hi" }, 400, NO_CHAT],
    ["no JSON", "hello", 400, NO_CHAT],
    [
      "a body past the limit",
      { messages: [message("user", "x".repeat(100))] },
      413,
      "request body exceeds max_request_body_size",
    ],
  ])("%s", async (_name, body, status, text) => {
    const answer = await call({ prompts: PROMPTS, max_request_body_size: 100 }, body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { message: text } });
  });

  const many = (count: number) => Array(count).fill({ content: "a" });
  test.each<[object, string]>([
    [
      {},
      "at least one of these fields must be non-empty: 'config.prompts.prepend', 'config.prompts.append'",
    ],
    [{ prompts: { prepend: [] } }, "at least one of these fields must be non-empty"],
    [{ prompts: { prepend: many(16) } }, "length must be at most 15"],
    [{ prompts: { append: [{ content: "" }] } }, "length must be at least 1"],
    [{ prompts: { append: [{ content: "a".repeat(100_001) }] } }, "length must be at most 100000"],
    [
      { prompts: { append: [{ role: "tool", content: "a" }] } },
      "expected one of: system, assistant, user",
    ],
    [{ prompts: { append: [{ role: "user" }] } }, "required field missing"],
  ])("at load: %j", (options, text) => {
    expect(startGateway(config(options))).rejects.toThrow(text);
  });

  test("at load: fifteen are fine", async () => {
    const prompts = { prepend: many(15), append: many(15) };
    await using _gateway = await startGateway(config({ prompts }));
  });
});

describe("other providers get it in their own dialect", () => {
  test.each([
    ["anthropic", "/v1/messages", { anthropic_version: "2023-06-01", max_tokens: 99 }],
    ["gemini", "/v1beta/models/gemini-2.5-flash:generateContent", {}],
  ])("%s", async (provider, path, options) => {
    for (const stream of [false, true]) {
      const upstream = stream
        ? path.replace("generateContent", "streamGenerateContent?alt=sse")
        : path;
      const model = {
        provider,
        name: "lab/echo",
        options: { ...options, upstream_url: `${lab.url}${upstream}` },
      };
      const auth =
        provider === "gemini"
          ? { param_name: "key", param_value: "k", param_location: "query" }
          : { header_name: "x-api-key", header_value: "k" };
      const answer = await call(
        { prompts: PROMPTS },
        { messages: Q.messages, stream },
        { route_type: "llm/v1/chat", auth, model },
      );
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.sent)).toMatch(/"(?:system|systemInstruction)":[^\]]*P1/);
      const turns = JSON.stringify(answer.sent.messages ?? answer.sent.contents);
      expect(turns).toMatch(/Q.*A1/);
      expect(turns).not.toContain("P1");
    }
  });
});

describe("native requests keep their native shape", () => {
  async function native(path: string, llm_format: string, body: object) {
    const plugins = [{ name: "ai-prompt-decorator", config: { prompts: PROMPTS, llm_format } }];
    await using gateway = await startGateway({
      _format_version: "3.0",
      services: [
        { name: "s", url: `${lab.url}${path}`, routes: [{ name: "r", paths: ["/ai"], plugins }] },
      ],
    });
    const headers = { "x-api-key": "k", "x-goog-api-key": "k", "anthropic-version": "2023-06-01" };
    const response = await gateway.post("/ai", body, { headers });
    await response.text();
    return { status: response.status, sent: JSON.parse(lab.requests.at(-1)?.body ?? "") };
  }

  test("Anthropic's", async () => {
    const body = {
      model: "claude-sonnet-4-5",
      max_tokens: 9,
      system: "S",
      messages: [message("user", "Q"), message("assistant", "R"), message("user", "Q2")],
      metadata: { user_id: "u" },
    };
    const { status, sent } = await native("/v1/messages", "anthropic", body);
    expect(status).toBe(200);
    const { system, messages, ...rest } = sent;
    expect(JSON.stringify(system)).toMatch(/P1.*S/);
    expect(JSON.stringify(messages)).toMatch(/Q.*R.*Q2.*A1/);
    expect(rest).toEqual({ model: body.model, max_tokens: 9, metadata: body.metadata });
  });

  test.each(["systemInstruction", "system_instruction"])("Gemini's, with %s", async (name) => {
    const body = {
      contents: [{ role: "user", parts: [{ text: "Q" }] }],
      [name]: { parts: [{ text: "S" }] },
      generationConfig: { maxOutputTokens: 9 },
    };
    const path = "/v1beta/models/gemini-2.5-flash:generateContent";
    const { status, sent } = await native(path, "gemini", body);
    expect(status).toBe(200);
    expect(Object.keys(sent).sort()).toEqual(["contents", "generationConfig", "systemInstruction"]);
    expect(JSON.stringify(sent.systemInstruction)).toMatch(/P1.*S/);
    expect(JSON.stringify(sent.contents)).toMatch(/Q.*A1/);
    expect(sent.generationConfig).toEqual(body.generationConfig);
  });

  test("a plain service gets the common dialect's too, and a responses request", async () => {
    const chat = await native("/anything", "openai", Q);
    expect(chat.sent.messages).toHaveLength(3);
    const { sent } = await native("/anything", "openai", {
      model: "m",
      input: "Q",
      instructions: "S",
    });
    expect(sent).toEqual({
      model: "m",
      instructions: "P1\n\nS",
      input: [message("user", "Q"), message("user", "A1")],
    });
  });
});
