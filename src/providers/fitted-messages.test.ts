import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../chat/json.ts";
import { fitted, rulesFor } from "./fitted.ts";
import { modelOptionsSchema } from "./model-options-schema.ts";
import { PROVIDERS } from "./registry.ts";
import type { ProviderName } from "./target-schema.ts";

function fit(provider: ProviderName, wire: JsonObject, model = "m") {
  const options = modelOptionsSchema.parse({ mistral_format: "openai" });
  const invocation = { routeType: "llm/v1/chat", model, options, stream: false } as const;
  const { notices, ...rest } = fitted(
    wire,
    rulesFor(PROVIDERS[provider], invocation) ?? {},
    provider,
  );
  return { ...rest, told: notices.map(({ kind, field }) => `${kind} ${field}`) };
}

const user = (content: JsonObject | string | readonly JsonObject[] = "Hi") => ({
  role: "user",
  content,
});
const text = (words: string) => ({ type: "text", text: words });
const image = { type: "image_url", image_url: { url: "https://example.com/a.png" } };
const calling = (args: JsonObject[string], name = "f", id = "call_1") => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name, arguments: args } }],
});
const result = (content: string | readonly JsonObject[] = "21", id = "call_1") => ({
  role: "tool",
  tool_call_id: id,
  content,
});

describe("roles", () => {
  test.each(["deepseek", "dashscope", "mistral"] as const)("%s knows no developer", (vendor) => {
    const { wire, told } = fit(vendor, {
      messages: [{ role: "developer", content: "Be brief." }, user()],
    });
    expect(wire["messages"]).toEqual([{ role: "system", content: "Be brief." }, user()]);
    expect(told).toEqual([]);
  });

  test.each(["openai", "azure", "xai"] as const)("%s does", (vendor) => {
    const asked = { messages: [{ role: "developer", content: "Be brief." }, user()] };
    expect(fit(vendor, asked).wire).toBe(asked);
  });
});

/** An answer as clients keep it and send it back: all that a vendor, or a client's library, put there. */
const REPLAYED = {
  role: "assistant",
  content: "Hello.",
  refusal: null,
  annotations: [],
  audio: null,
  function_call: null,
  tool_calls: null,
  reasoning: "Hm.",
  reasoning_content: "Hm.",
  finish_reason: "stop",
  provider_specific_fields: {},
};

describe("an answer sent back", () => {
  const asked = { messages: [user(), REPLAYED, user("And?")] };
  const told = ["dropped messages[1].reasoning", "dropped messages[1].reasoning_content"];

  test("mistral knows four members of it", () => {
    const sent = fit("mistral", asked);
    expect(sent.wire["messages"]).toEqual([
      user(),
      { role: "assistant", content: "Hello.", tool_calls: null },
      user("And?"),
    ]);
    expect(sent.told).toEqual(told);
  });

  test.each(["openai", "azure"] as const)("%s knows its own", (vendor) => {
    const sent = fit(vendor, asked);
    const { reasoning: _, reasoning_content: __, finish_reason: ___, ...own } = REPLAYED;
    const { provider_specific_fields: ____, ...kept } = own;
    expect(sent.wire["messages"]).toEqual([user(), kept, user("And?")]);
    expect(sent.told).toEqual(told);
  });

  test("deepseek takes back how it thinks, under its own name alone", () => {
    const sent = fit("deepseek", asked);
    expect(sent.wire["messages"]).toMatchObject([{}, { reasoning_content: "Hm." }, {}]);
    expect(sent.told).toEqual(["dropped messages[1].reasoning"]);
  });

  test("cerebras takes reasoning back under its own name alone", () => {
    expect(fit("cerebras", asked).told).toEqual(["dropped messages[1].reasoning_content"]);
  });

  test("a member that nobody knows goes to a server of one's own, and to no allow list", () => {
    const odd = { messages: [user(), { ...REPLAYED, parsed: { a: 1 } }, user("And?")] };
    expect(fit("vllm", odd).wire).toBe(odd);
    expect(fit("openai", odd).told).toContain("dropped messages[1].parsed");
    expect(fit("mistral", odd).told).toContain("dropped messages[1].parsed");
  });
});

describe("content", () => {
  test("deepseek takes one text as a tool's result, and as a system's", () => {
    const { wire, told } = fit("deepseek", {
      messages: [
        { role: "system", content: [text("Be brief."), text("Be kind.")] },
        calling("{}"),
        result([text("21"), text("clear")]),
      ],
    });
    expect(wire["messages"]).toEqual([
      { role: "system", content: "Be brief.\nBe kind." },
      calling("{}"),
      result("21\nclear"),
    ]);
    expect(told).toEqual([]);
  });

  test("deepseek sees no images, and a turn of one alone stays a turn", () => {
    const { wire, told } = fit("deepseek", {
      messages: [user([text("See"), image]), user([image])],
    });
    expect(wire["messages"]).toEqual([user([text("See")]), user([text("[left out]")])]);
    expect(told).toEqual(["dropped messages[0].content[1]", "dropped messages[1].content[0]"]);
  });

  test.each(["openai", "mistral"] as const)("%s refuses another's cache points", (vendor) => {
    const cache_control = { type: "ephemeral" };
    const tool = { type: "function", function: { name: "f", parameters: { type: "object" } } };
    const { wire, told } = fit(vendor, {
      messages: [user([{ ...text("Hi"), cache_control }])],
      tools: [{ ...tool, cache_control }],
    });
    expect(wire).toEqual({ messages: [user([text("Hi")])], tools: [tool] });
    expect(told).toEqual([
      "dropped messages[0].content[0].cache_control",
      "dropped tools[0].cache_control",
    ]);
  });
});

describe("calls of tools", () => {
  test.each([
    ["", "{}"],
    ["null", "{}"],
    [" null ", "{}"],
    [null, "{}"],
    [{ city: "Rome" }, '{"city":"Rome"}'],
  ])("arguments %j are sent as %s, by every vendor", (args, sent) => {
    for (const vendor of ["openai", "deepseek", "vllm", "databricks"] as const) {
      const { wire, told } = fit(vendor, { messages: [user(), calling(args), result()] });
      expect(wire["messages"]).toEqual([user(), calling(sent), result()]);
      expect(told).toEqual([]);
    }
  });

  test("a call of another vendor's answer is known by what it needs alone", () => {
    const called = { name: "f", arguments: "{}", parsed_arguments: {} };
    const signed = { google: { thought_signature: "c2ln" } };
    const call = { id: "call_1", index: 0, function: called, extra_content: signed };
    const { wire, told } = fit("openai", {
      messages: [user(), { role: "assistant", content: null, tool_calls: [call] }, result()],
    });
    expect(wire["messages"]).toEqual([user(), calling("{}"), result()]);
    expect(told).toEqual(["dropped messages[1].tool_calls[0].extra_content"]);
  });

  test("thoughts among the parts of an answer go back to none but their own kind", () => {
    const thought = { type: "thinking", thinking: [text("Hm.")] };
    const asked = {
      messages: [user(), { role: "assistant", content: [thought, text("Yes.")] }, user()],
    };
    for (const vendor of ["openai", "xai", "dashscope", "cerebras"] as const) {
      const { wire, told } = fit(vendor, asked);
      expect(wire["messages"]).toMatchObject([{}, { content: [text("Yes.")] }, {}]);
      expect(told).toEqual(["dropped messages[1].content[0]"]);
    }
    expect(fit("mistral", asked).wire).toBe(asked);
  });

  test("an empty list of calls is none", () => {
    const { wire, told } = fit("openai", {
      messages: [user(), { role: "assistant", content: "Hello.", tool_calls: [] }, user()],
    });
    expect(wire["messages"]).toEqual([user(), { role: "assistant", content: "Hello." }, user()]);
    expect(told).toEqual([]);
  });

  test("names that the vendor refuses give way everywhere alike, and are known by the answer", () => {
    const asked = {
      messages: [user(), calling("{}", "files.read"), result()],
      tools: [{ type: "function", function: { name: "files.read" } }],
      tool_choice: { type: "function", function: { name: "files.read" } },
    };
    const { wire, originalNames, told } = fit("xai", asked);
    const [sent = ""] = originalNames?.keys() ?? [];
    expect(sent).toMatch(/^files_read_[0-9a-f]{8}$/);
    expect(JSON.stringify(wire)).toBe(JSON.stringify(asked).replaceAll("files.read", sent));
    expect(originalNames).toEqual(new Map([[sent, "files.read"]]));
    expect(told).toEqual([]);
    expect(fit("vllm", asked).wire).toBe(asked);
  });

  test("allowed tools are named alike", () => {
    const named = (name: string) => ({ type: "function", function: { name } });
    const allowed_tools = { mode: "auto", tools: [named("a$b"), named("c")] };
    const { wire, originalNames } = fit("openai", {
      tools: [named("a$b"), named("c")],
      tool_choice: { type: "allowed_tools", allowed_tools },
    });
    const [sent = ""] = originalNames?.keys() ?? [];
    expect(wire).toMatchObject({
      tools: [named(sent), named("c")],
      tool_choice: { allowed_tools: { tools: [named(sent), named("c")] } },
    });
  });

  test("a DeepSeek model that thinks wants a thought beside every call", () => {
    const asked = { messages: [user(), calling("{}"), result()] };
    const { wire } = fit("deepseek", asked, "deepseek-reasoner");
    expect(wire["messages"]).toMatchObject([{}, { reasoning_content: "" }, {}]);
    expect(fit("deepseek", asked, "deepseek-chat").wire).toBe(asked);
  });

  test("a named tool is the only one offered where none can be forced", () => {
    const named = (name: string) => ({ type: "function", function: { name } });
    const asked = { tools: [named("a"), named("b")], tool_choice: named("b") };
    const { wire, told } = fit("deepseek", asked, "deepseek-reasoner");
    expect(wire).toEqual({ tools: [named("b")] });
    expect(told).toEqual(["approximated tool_choice"]);
  });
});

describe("a schema for the answer", () => {
  const schema = { type: "object", properties: { city: { type: "string" } } };
  const response_format = { type: "json_schema", json_schema: { name: "place", schema } };

  test("deepseek is told of it in words", () => {
    const asked = { messages: [{ role: "system", content: "Be brief." }, user()], response_format };
    const { wire, told } = fit("deepseek", asked);
    expect(wire["response_format"]).toEqual({ type: "json_object" });
    const [system, question] = JSON.parse(JSON.stringify(wire["messages"]));
    expect(system.content).toStartWith("Be brief.\n\n");
    expect(system.content).toContain(JSON.stringify(schema));
    expect(question).toEqual(user());
    expect(told).toEqual(["approximated response_format"]);
  });

  test("with no system turn there is one", () => {
    const { wire } = fit("deepseek", { messages: [user()], response_format });
    expect(wire["messages"]).toMatchObject([{ role: "system" }, user()]);
    const plain = { messages: [user()], response_format: { type: "json_object" } };
    expect(fit("deepseek", plain).wire).toBe(plain);
  });
});

describe("mistral's order of turns", () => {
  const own = "a1b2c3d4e";

  test("a user who speaks after a tool finds that the assistant has answered", () => {
    const { wire, told } = fit("mistral", {
      messages: [user(), calling("{}", "f", own), result("21", own), user("And Rome?")],
    });
    expect(wire["messages"]).toEqual([
      user(),
      calling("{}", "f", own),
      result("21", own),
      { role: "assistant", content: "OK" },
      user("And Rome?"),
    ]);
    expect(told).toEqual(["approximated messages[3]"]);
  });

  test("a last turn of the assistant's is one to go on with", () => {
    const { wire, told } = fit("mistral", {
      messages: [user(), { role: "assistant", content: "It is" }],
    });
    expect(wire["messages"]).toEqual([
      user(),
      { role: "assistant", content: "It is", prefix: true },
    ]);
    expect(told).toEqual([]);
  });
});
