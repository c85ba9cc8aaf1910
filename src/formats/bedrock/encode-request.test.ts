import { describe, expect, test } from "bun:test";
import type { Message } from "../../chat/message.ts";
import type { ChatRequest } from "../../chat/request.ts";
import { encodeRequest } from "./encode-request.ts";

const CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const OLD_CLAUDE = "anthropic.claude-3-7-sonnet-20250219-v1:0";
const NOVA = "amazon.nova-pro-v1:0";

const text = (words: string) => ({ type: "text", text: words }) as const;
const user = (words = "Hi"): Message => ({ role: "user", content: [text(words)] });
const call = (id: string, json = "{}") =>
  ({ type: "tool-call", id, name: "f", arguments: json }) as const;
const result = (callId: string, words: string): Message => ({
  role: "tool",
  callId,
  content: [text(words)],
});
const f = { type: "function", name: "f" } as const;

function encode(members: Partial<ChatRequest>) {
  const chat: ChatRequest = {
    kind: "chat",
    model: CLAUDE,
    messages: [user()],
    stream: false,
    ...members,
  };
  const { wire, notices } = encodeRequest(chat);
  return {
    wire: JSON.parse(JSON.stringify(wire)),
    told: notices.map(({ kind, field }) => `${kind} ${field}`),
  };
}

describe("conversations", () => {
  test("neither model nor stream is in the body", () => {
    const { wire } = encode({ stream: true, includeUsage: true });
    expect(Object.keys(wire)).toEqual(["messages"]);
  });

  test("each text of the system is a block, and blank texts are left out", () => {
    const messages: Message[] = [
      { role: "system", content: [text("One."), text(" ")] },
      { role: "system", developer: true, content: [text("Two.")] },
      { role: "user", content: [text(""), text("Hi")] },
      { role: "assistant", content: [text("")] },
    ];
    const { wire } = encode({ messages });
    expect(wire.system).toEqual([{ text: "One." }, { text: "Two." }]);
    expect(wire.messages).toEqual([{ role: "user", content: [{ text: "Hi" }] }]);
  });

  test.each([
    "amazon.titan-text-express-v1",
    "cohere.command-text-v14",
    "cohere.command-light-text-v14",
    "mistral.mistral-7b-instruct-v0:2",
    "mistral.mixtral-8x7b-instruct-v0:1",
  ])("a system prompt is folded into the first turn for %s", (model) => {
    const { wire, told } = encode({
      model,
      messages: [{ role: "system", content: [text("Be brief.")] }, user()],
    });
    expect(wire).toEqual({
      messages: [{ role: "user", content: [{ text: "Be brief." }, { text: "Hi" }] }],
    });
    expect(told).toEqual(["approximated messages[0]"]);
  });

  test("all calls go, text first, and results are joined before the words of the turn", () => {
    const messages: Message[] = [
      user(),
      { role: "assistant", content: [text("Wait."), call("a", '{"n":1}'), call("b", "")] },
      result("a", '{"degrees":21}'),
      user("And?"),
      { ...result("b", "[1]"), failed: true } as Message,
    ];
    const { wire } = encode({ messages, tools: [f] });
    expect(wire.messages.slice(1)).toEqual([
      {
        role: "assistant",
        content: [
          { text: "Wait." },
          { toolUse: { toolUseId: "a", name: "f", input: { n: 1 } } },
          { toolUse: { toolUseId: "b", name: "f", input: {} } },
        ],
      },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: "a", content: [{ json: { degrees: 21 } }] } },
          { toolResult: { toolUseId: "b", content: [{ text: "[1]" }], status: "error" } },
          { text: "And?" },
        ],
      },
    ]);
  });

  test("an id that Converse does not take is the same other id in call and result", () => {
    const id = "call:1/é";
    const { wire } = encode({
      tools: [f],
      messages: [user(), { role: "assistant", content: [call(id)] }, result(id, "ok")],
    });
    const used = wire.messages[1].content[0].toolUse.toolUseId;
    expect(used).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(wire.messages[2].content[0].toolResult.toolUseId).toBe(used);
  });

  test("arguments that are no JSON object, and files by URL, are refused by name", () => {
    const messages: Message[] = [user(), { role: "assistant", content: [call("a", "{oops")] }];
    expect(() => encode({ messages })).toThrow("messages[1].content[0].function.arguments");
    const source = { kind: "url", url: "https://example.com/a.png" } as const;
    const seen: Message = {
      role: "user",
      content: [{ type: "file", mediaType: "image/*", source }],
    };
    expect(() => encode({ messages: [seen] })).toThrow("messages[0].content[0]");
  });

  test("long integers keep their digits on the way", () => {
    const { wire } = encodeRequest({
      kind: "chat",
      model: "",
      stream: false,
      messages: [user(), { role: "assistant", content: [call("a", '{"n":12345678901234567890}')] }],
    });
    expect(JSON.stringify(wire)).toContain('{"n":12345678901234567890}');
  });

  test("documents get names that Converse takes, each once", () => {
    const pdf = {
      type: "file",
      mediaType: "application/pdf",
      source: { kind: "base64", data: "JVBERi0=" },
      name: "q3_report.pdf",
    } as const;
    const { wire } = encode({ messages: [{ role: "user", content: [text("See"), pdf, pdf] }] });
    const names = wire.messages[0].content
      .slice(1)
      .map(({ document }: { document: { name: string } }) => document.name);
    expect(names).toEqual(["q3-report", "q3-report (2)"]);
  });

  test("a reasoning turn goes back as it came, sealed blocks too", () => {
    const { wire } = encode({
      messages: [
        user(),
        {
          role: "assistant",
          content: [
            { type: "reasoning", text: "Hm.", signature: "c2ln" },
            { type: "reasoning", text: "", redacted: "c2VhbGVk" },
            text("Yes."),
          ],
        },
        user("Go on"),
      ],
    });
    expect(wire.messages[1].content).toEqual([
      { reasoningContent: { reasoningText: { text: "Hm.", signature: "c2ln" } } },
      { reasoningContent: { redactedContent: "c2VhbGVk" } },
      { text: "Yes." },
    ]);
  });
});

describe("tools", () => {
  test.each([
    [{ type: "auto" }, { auto: {} }],
    [{ type: "required" }, { any: {} }],
    [{ type: "tool", name: "f" }, { tool: { name: "f" } }],
  ] as const)("the choice %j", (toolChoice, wireChoice) => {
    expect(encode({ tools: [f], toolChoice }).wire.toolConfig.toolChoice).toEqual(wireChoice);
  });

  test("none leaves the tools out, unless the conversation has called some", () => {
    const toolChoice = { type: "none" } as const;
    expect(encode({ tools: [f], toolChoice }).wire.toolConfig).toBeUndefined();
    const messages: Message[] = [
      user(),
      { role: "assistant", content: [call("a")] },
      result("a", "1"),
    ];
    const after = encode({ tools: [f], toolChoice, messages });
    expect(after.wire.toolConfig.tools).toHaveLength(1);
    expect(after.told).toEqual(["approximated tool_choice"]);
    const undeclared = encode({ messages });
    expect(undeclared.wire.toolConfig.tools[0].toolSpec.name).toBe("f");
    expect(undeclared.told).toEqual(["approximated tools"]);
  });

  test("one call at a time is Claude's own switch", () => {
    const members = { tools: [f], parallelToolCalls: false } as const;
    expect(encode(members).wire.additionalModelRequestFields).toEqual({
      tool_choice: { type: "auto", disable_parallel_tool_use: true },
    });
    expect(encode({ ...members, model: NOVA }).told).toEqual(["dropped parallel_tool_calls"]);
  });
});

describe("structured output", () => {
  const schema = { type: "object", properties: { a: { type: "string" } } };
  const format = (more: object) =>
    ({ type: "json-schema", name: "x", schema: { ...schema, ...more } }) as const;

  test("is native where the model has it and the schema is closed", () => {
    const responseFormat = format({ additionalProperties: false });
    const { wire } = encode({ responseFormat });
    expect(wire.outputConfig.textFormat.structure.jsonSchema).toEqual({
      name: "x",
      schema: JSON.stringify(responseFormat.schema),
    });
    expect(wire.toolConfig).toBeUndefined();
  });

  test.each([
    ["an open schema", CLAUDE, format({})],
    ["a bound", CLAUDE, format({ additionalProperties: false, minProperties: 1 })],
    ["an older model", OLD_CLAUDE, format({ additionalProperties: false })],
    ["any JSON", CLAUDE, { type: "json" } as const],
  ])("is a forced tool for %s", (_, model, responseFormat) => {
    const { wire, told } = encode({ model, responseFormat });
    expect(wire.toolConfig.toolChoice).toEqual({ tool: { name: "json_output" } });
    expect(told).toEqual([]);
  });

  test("beside the client's own tools one of all must be called", () => {
    const { wire } = encode({ tools: [f], responseFormat: { type: "json" } });
    expect(wire.toolConfig.tools).toHaveLength(2);
    expect(wire.toolConfig.toolChoice).toEqual({ any: {} });
  });

  test("a client's own tool of that name goes under another", () => {
    const { wire } = encode({ tools: [{ ...f, name: "json_output" }] });
    expect(wire.toolConfig.tools[0].toolSpec.name).toBe("json_output_");
  });
});

describe("what a family of models takes", () => {
  test.each([
    [CLAUDE, { top_k: 5 }],
    ["eu.amazon.nova-lite-v1:0", { inferenceConfig: { topK: 5 } }],
    ["cohere.command-r-plus-v1:0", { k: 5 }],
    ["meta.llama3-70b-instruct-v1:0", undefined],
  ])("top_k for %s", (model, fields) => {
    const { wire, told } = encode({ model, topK: 5 });
    expect(wire.additionalModelRequestFields).toEqual(fields);
    expect(told).toEqual(fields ? [] : ["dropped top_k"]);
  });

  test.each([
    [OLD_CLAUDE, { thinking: { type: "enabled", budget_tokens: 8192 } }, undefined],
    ["anthropic.claude-opus-4-7", { thinking: { type: "adaptive" } }, { effort: "medium" }],
    [
      "us.amazon.nova-2-lite-v1:0",
      { reasoningConfig: { type: "enabled", maxReasoningEffort: "medium" } },
      undefined,
    ],
    ["openai.gpt-oss-120b-1:0", { reasoning_effort: "medium" }, undefined],
    [
      "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
      undefined,
      { effort: "medium" },
    ],
  ])("effort for %s", (model, fields, outputConfig) => {
    const { wire, told } = encode({ model, reasoning: { effort: "medium" } });
    expect(wire.additionalModelRequestFields).toEqual(fields);
    expect(wire.outputConfig).toEqual(outputConfig);
    expect(told).toEqual([]);
  });

  test("a budget is at least 1024 tokens and fewer than max_tokens", () => {
    const budgets = [500, 9000].map((budgetTokens) => {
      const chat = { model: OLD_CLAUDE, maxTokens: 4000, reasoning: { budgetTokens } };
      const { wire, told } = encode(chat);
      expect(told).toEqual(["approximated reasoning.budgetTokens"]);
      return wire.additionalModelRequestFields.thinking.budget_tokens;
    });
    expect(budgets).toEqual([1024, 3999]);
    const none = encode({ model: OLD_CLAUDE, maxTokens: 500, reasoning: { effort: "low" } });
    expect(none.wire.additionalModelRequestFields).toBeUndefined();
    expect(none.told).toEqual(["dropped reasoning_effort"]);
  });

  test("Claude does not think in the middle of a call it did not think before", () => {
    const messages: Message[] = [
      user(),
      { role: "assistant", content: [call("a")] },
      result("a", "1"),
    ];
    const thinking = { tools: [f], reasoning: { effort: "high" } } as const;
    expect(encode({ messages, ...thinking }).told).toEqual(["dropped reasoning_effort"]);
    const goOn = encode({ messages: [...messages, user("And?")], ...thinking });
    expect(goOn.wire).not.toHaveProperty("additionalModelRequestFields");
    expect(goOn.told).toEqual(["dropped reasoning_effort"]);
  });

  test("sampling is kept from a Claude that thinks, takes one of two, or takes none", () => {
    const sampling = { temperature: 0.5, topP: 0.9, topK: 5 };
    const thinking = encode({ ...sampling, reasoning: { effort: "low" } });
    expect(thinking.told.toSorted()).toEqual([
      "dropped temperature",
      "dropped top_k",
      "dropped top_p",
    ]);
    expect(encode(sampling).told).toEqual(["dropped top_p"]);
    const newest = encode({ ...sampling, model: "anthropic.claude-opus-4-7" });
    expect(newest.wire.inferenceConfig).toBeUndefined();
    expect(encode({ model: NOVA, temperature: 1.7 }).wire.inferenceConfig).toEqual({
      temperature: 1,
    });
  });

  test("cache points go only to models that have a cache", () => {
    const messages: Message[] = [
      { role: "user", content: [{ ...text("Long."), cache: { ttl: "1h" } }] },
    ];
    expect(encode({ messages }).wire.messages[0].content).toEqual([
      { text: "Long." },
      { cachePoint: { type: "default", ttl: "1h" } },
    ]);
    const { told } = encode({ messages, model: "meta.llama3-70b-instruct-v1:0" });
    expect(told).toEqual(["dropped messages[0].content[0].cache_control"]);
  });

  test("a cache point of another vendor's lifetime lasts an hour, with a notice", () => {
    const cache = { ttl: "30m" };
    const messages: Message[] = [{ role: "user", content: [{ ...text("Long."), cache }] }];
    const { wire, told } = encode({ messages, tools: [{ ...f, cache }] });
    const point = { cachePoint: { type: "default", ttl: "1h" } };
    expect(wire.messages[0].content[1]).toEqual(point);
    expect(wire.toolConfig.tools[1]).toEqual(point);
    expect(told).toEqual([
      "approximated messages[0].content[0].cache_control.ttl",
      "approximated tools[0].cache_control.ttl",
    ]);
  });
});

describe("Converse's own members from a client of another dialect", () => {
  test("are taken, also in the reference's older form", () => {
    const { wire, told } = encode({
      extraFormat: "openai-chat",
      extra: {
        guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1" },
        performanceConfig: { latency: "optimized" },
        requestMetadata: { team: "a" },
        bedrock: {
          toolConfig: [{ toolChoice: { any: {} } }],
          additionalModelRequestFields: [{ anthropic_beta: ["x"] }],
        },
        store: true,
        extra_body: {},
      },
      tools: [f],
    });
    expect(wire.guardrailConfig).toEqual({ guardrailIdentifier: "g", guardrailVersion: "1" });
    expect(wire.performanceConfig).toEqual({ latency: "optimized" });
    expect(wire.requestMetadata).toEqual({ team: "a" });
    expect(wire.toolConfig.toolChoice).toEqual({ any: {} });
    expect(wire.toolConfig.tools).toHaveLength(1);
    expect(wire.additionalModelRequestFields).toEqual({ anthropic_beta: ["x"] });
    expect(told).toEqual(["dropped store"]);
  });
});
