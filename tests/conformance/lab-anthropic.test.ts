import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic, { APIError } from "@anthropic-ai/sdk";
import type { Message, MessageCreateParamsNonStreaming, Tool } from "@anthropic-ai/sdk/resources";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
let client: Anthropic;

beforeAll(async () => {
  lab = await startLab({ keys: ["sk-ant-lab"] });
  client = clientWith("sk-ant-lab");
});
afterAll(() => lab.stop());

function clientWith(apiKey: string): Anthropic {
  return new Anthropic({ apiKey, baseURL: lab.url, maxRetries: 0, logLevel: "off" });
}

type Body = MessageCreateParamsNonStreaming;

/** A question in few words. */
function asking(content: Body["messages"][0]["content"], members: Partial<Body> = {}): Body {
  return {
    model: "claude-sonnet-4-6",
    max_tokens: 1024,
    messages: [{ role: "user", content }],
    ...members,
  };
}

const textOf = (message: Message) =>
  message.content.map((block) => (block.type === "text" ? block.text : "")).join("");

/** Without the ids and headers, which tell a streamed request from a plain one. */
const said = ({ content, stop_reason, stop_sequence, usage }: Message) => ({
  content,
  stop_reason,
  stop_sequence,
  tokens: [usage.input_tokens, usage.output_tokens, usage.cache_read_input_tokens],
});

const calls = (message: Message) =>
  message.content.flatMap((block) => (block.type === "tool_use" ? [block] : []));

const weather: Tool = {
  name: "get_weather",
  input_schema: {
    type: "object",
    properties: { city: { type: "string" }, days: { type: "integer" } },
    required: ["city", "days"],
  },
};
const time: Tool = {
  name: "get_time",
  input_schema: { type: "object", properties: { zone: { type: "string" } }, required: ["zone"] },
};

async function failure(body: object, headers: Record<string, string> = {}): Promise<APIError> {
  const reply = client.messages.create(body as Body, { headers });
  const error = await reply.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (error instanceof APIError) return error;
  throw new Error("the request was taken");
}

describe("the lab, asked by Anthropic's own client", () => {
  test("answers a message", async () => {
    const reply = await client.messages.create(asking("Hi, Ada"));
    expect(reply).toMatchObject({ type: "message", role: "assistant", stop_reason: "end_turn" });
    expect(reply.id).toMatch(/^msg_01\w{22}$/);
    expect(reply._request_id).toMatch(/^req_/);
    expect(textOf(reply)).toContain("Hi, Ada");
    expect(reply.usage.output_tokens).toBeGreaterThan(0);
  });

  test("goes on with a conversation and its system prompt", async () => {
    const reply = await client.messages.create(
      asking("", {
        system: [{ type: "text", text: "Be brief." }],
        messages: [
          { role: "user", content: "One" },
          { role: "assistant", content: "Two" },
          { role: "user", content: "Three" },
        ],
      }),
    );
    expect(textOf(reply)).toContain("This is turn 2");
  });

  for (const model of [
    "claude-sonnet-4-6",
    "lab/multibyte",
    "lab/reasoning",
    "lab/refusal",
    "lab/cached",
    "lab/split-every-byte",
    "lab/crlf",
    "lab/comments",
  ]) {
    test(`streams what it answers at once: ${model}`, async () => {
      const body = asking("Wie heißt 東京 auf Deutsch?", { model });
      const whole = await client.messages.create(body);
      const streamed = await client.messages.stream(body).finalMessage();
      const plain = JSON.parse(JSON.stringify(said(whole)).replaceAll(',"citations":null', ""));
      expect(said(streamed)).toEqual(plain);
    });
  }

  test("calls a tool, streamed and whole, and reads the result", async () => {
    const question = "What is the weather in Oslo?";
    const body = asking(question, { tools: [weather] });
    const reply = await client.messages.create(body);
    const streamed = await client.messages.stream(body).finalMessage();
    expect(reply.stop_reason).toBe("tool_use");
    const [call] = calls(reply);
    expect(call?.input).toMatchObject({ city: "Oslo" });
    expect(calls(streamed)[0]?.input).toEqual(call?.input);
    const answer = await client.messages.create({
      ...body,
      messages: [
        { role: "user", content: question },
        { role: "assistant", content: reply.content },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: call?.id ?? "", content: "rain" }],
        },
      ],
    });
    expect(textOf(answer)).toContain("“rain”");
  });

  test("calls two tools at once, unless it may not", async () => {
    const body = asking("Oslo and Rome, both", { tools: [weather, time] });
    expect(calls(await client.messages.create(body)).map(({ name }) => name)).toEqual([
      "get_weather",
      "get_time",
    ]);
    const streamed = await client.messages.stream(body).finalMessage();
    expect(calls(streamed)).toHaveLength(2);
    const tool_choice = { type: "any", disable_parallel_tool_use: true } as const;
    expect(calls(await client.messages.create({ ...body, tool_choice }))).toHaveLength(1);
  });

  test("takes every tool choice", async () => {
    const body = asking("Oslo", { tools: [weather, time] });
    const chosen = async (tool_choice: Body["tool_choice"] & object) =>
      calls(await client.messages.create({ ...body, tool_choice })).map(({ name }) => name);
    expect(await chosen({ type: "auto" })).toEqual(["get_weather"]);
    expect(await chosen({ type: "none" })).toEqual([]);
    expect(await chosen({ type: "any" })).toEqual(["get_weather"]);
    expect(await chosen({ type: "tool", name: "get_time" })).toEqual(["get_time"]);
  });

  test("sees images and documents", async () => {
    const data = btoa("twelve bytes");
    const reply = await client.messages.create(
      asking([
        { type: "text", text: "What is this?" },
        { type: "image", source: { type: "base64", media_type: "image/png", data } },
        { type: "image", source: { type: "url", url: "https://example.com/a.png" } },
        { type: "document", source: { type: "base64", media_type: "application/pdf", data } },
        { type: "document", source: { type: "text", media_type: "text/plain", data: "plain" } },
      ]),
    );
    const text = textOf(reply);
    expect(text).toContain("an image of type image/png with 12 bytes");
    expect(text).toContain("an image at https://example.com/a.png");
    expect(text).toContain("a file of type application/pdf with 12 bytes");
    expect(text).toContain("a file of type text/plain with 5 bytes");
  });

  test("answers in a schema", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    };
    const output_config = { format: { type: "json_schema", schema } } as const;
    const reply = await client.messages.create(asking("Where is Ada?", { output_config }));
    expect(JSON.parse(textOf(reply))).toEqual({ city: expect.any(String) });
  });

  test("thinks, and takes its own thoughts back but no others", async () => {
    const thinking = { type: "enabled", budget_tokens: 1024 } as const;
    const body = asking("Hm?", { model: "lab/reasoning", max_tokens: 2048, thinking });
    const reply = await client.messages.create(body);
    const [thought] = reply.content;
    if (thought?.type !== "thinking") throw new Error("no thought");
    expect(reply.usage.output_tokens_details?.thinking_tokens).toBeGreaterThan(0);
    const again = (content: Message["content"]): Body => ({
      ...body,
      messages: [
        { role: "user", content: "Hm?" },
        { role: "assistant", content },
        { role: "user", content: "And?" },
      ],
    });
    await client.messages.create(again(reply.content));
    const error = await failure(again([{ ...thought, thinking: "Other words." }]));
    expect(error.message).toContain("Invalid `signature` in `thinking` block");
  });

  test("gives every stop reason there is a cause for", async () => {
    const stopped = async (members: Partial<Body>) => {
      const { stop_reason, stop_sequence } = await client.messages.create(asking("Hi", members));
      return [stop_reason, stop_sequence];
    };
    expect(await stopped({})).toEqual(["end_turn", null]);
    expect(await stopped({ max_tokens: 2 })).toEqual(["max_tokens", null]);
    expect(await stopped({ stop_sequences: ["“Hi"] })).toEqual(["stop_sequence", "“Hi"]);
    expect(await stopped({ tools: [weather] })).toEqual(["tool_use", null]);
    expect(await stopped({ model: "lab/refusal" })).toEqual(["refusal", null]);
    expect(await stopped({ model: "lab/content-filter" })).toEqual(["refusal", null]);
  });

  test("counts tokens from a cache apart", async () => {
    const { usage } = await client.messages.create(
      asking("one two three four five six", { model: "lab/cached" }),
    );
    expect(usage.cache_read_input_tokens).toBeGreaterThan(0);
    expect(usage.input_tokens).toBeLessThan(usage.cache_read_input_tokens ?? 0);
  });
});

describe("the lab refuses as Anthropic does", () => {
  for (const [status, type] of [
    [400, "invalid_request_error"],
    [401, "authentication_error"],
    [403, "permission_error"],
    [404, "not_found_error"],
    [413, "request_too_large"],
    [429, "rate_limit_error"],
    [500, "api_error"],
    [504, "timeout_error"],
    [529, "overloaded_error"],
  ] as const) {
    test(`${status} is ${type}`, async () => {
      const error = await failure(asking("Hi", { model: `lab/${status}` }));
      expect(error).toMatchObject({ status, error: { type: "error", error: { type } } });
    });
  }

  test("a wrong key", async () => {
    const error = await clientWith("sk-ant-other")
      .messages.create(asking("Hi"))
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError);
  });

  test("an error amid a stream", async () => {
    const stream = client.messages.stream(asking("Hi", { model: "lab/error-in-stream" }));
    const error = await stream.finalMessage().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(APIError);
  });

  const user = (content: unknown) => ({ messages: [{ role: "user", content }] });
  const toolUse = { type: "tool_use", id: "t1", name: "f", input: {} };

  for (const [message, members] of [
    ["max_tokens: Field required", { max_tokens: undefined }],
    ["n: Extra inputs are not permitted", { n: 2 }],
    ["messages: at least 1 item is required", { messages: [] }],
    [
      "messages.0.role: Input should be 'user', 'assistant' or 'system'",
      { messages: [{ role: "tool", content: "" }] },
    ],
    ['first message must use the "user" role', { messages: [{ role: "assistant", content: "a" }] }],
    ["user messages must have non-empty content", user("")],
    ["text content blocks must be non-empty", user([{ type: "text", text: "" }])],
    ["text content blocks must contain non-whitespace text", user([{ type: "text", text: "\n " }])],
    [
      "messages.0.content.0: Input tag 'image_url' found using 'type' does not match",
      user([{ type: "image_url" }]),
    ],
    [
      "`tool_use` ids were found without `tool_result` blocks immediately after: t1",
      {
        messages: [
          { role: "user", content: "a" },
          { role: "assistant", content: [toolUse] },
          { role: "user", content: "b" },
        ],
      },
    ],
    [
      "unexpected `tool_use_id` found in `tool_result` blocks: t2",
      user([{ type: "tool_result", tool_use_id: "t2", content: "x" }]),
    ],
    ["tool_choice may only be specified while providing tools", { tool_choice: { type: "any" } }],
    [
      "`max_tokens` must be greater than `thinking.budget_tokens`",
      { thinking: { type: "enabled", budget_tokens: 2000 } },
    ],
    [
      '"thinking.type.enabled" is not supported',
      { model: "claude-sonnet-5", thinking: { type: "enabled", budget_tokens: 1024 } },
    ],
    ["each stop sequence must contain non-whitespace", { stop_sequences: ["\n"] }],
  ] as const) {
    test(message, async () => {
      const error = await failure({ ...asking("Hi"), ...members });
      expect(error).toMatchObject({
        status: 400,
        error: { error: { message: expect.stringContaining(message) } },
      });
    });
  }

  const opus = { model: "claude-opus-4-8" };
  const NEWER = "temperature: Extra inputs are not permitted";

  // The client speaks the newer version unless it is told another.
  test.each([
    ["2023-06-01", { temperature: 2 }, "temperature: Input should be less than or equal to 1"],
    ["2023-06-01", { ...opus, temperature: 0.5 }, "`temperature` is deprecated for this model"],
    ["2026-10-21", { temperature: 2 }, NEWER],
    ["2026-10-21", { temperature: 1 }, NEWER],
    ["2026-10-21", { ...opus, temperature: 0.5 }, NEWER],
    ["2026-10-21", { top_p: 1 }, "top_p: Extra inputs are not permitted"],
  ])("under %s: %j", async (version, members, message) => {
    const error = await failure({ ...asking("Hi"), ...members }, { "anthropic-version": version });
    expect(error).toMatchObject({
      status: 400,
      error: { error: { message: expect.stringContaining(message) } },
    });
  });
});
