import { expect, test } from "bun:test";
import type { JsonObject } from "../../../chat/json.ts";
import type { AssistantPart, Message } from "../../../chat/message.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import { encodeRequest } from "./encode-request.ts";

const user = { role: "user", content: [{ type: "text", text: "Hi" }] } satisfies Message;
const f = { type: "function", name: "f" } as const;

function encoded(model: string, members: Partial<ChatRequest>) {
  return encodeRequest({ kind: "chat", model, messages: [user], stream: false, ...members });
}

function wireOf(model: string, members: Partial<ChatRequest>): JsonObject {
  return encoded(model, members).wire;
}

const said = (model: string, members: Partial<ChatRequest>) =>
  encoded(model, members).notices.map(({ kind, field }) => `${kind} ${field}`);

const OLD = "claude-sonnet-4";
const NEW = "claude-opus-4-8";

test("the cap that the API insists on: the client's, or the model's default", () => {
  expect(wireOf(OLD, {})).toMatchObject({ max_tokens: 4096 });
  expect(wireOf("any-name", {})).toMatchObject({ max_tokens: 4096 });
  expect(wireOf("claude-sonnet-5", {})).toMatchObject({ max_tokens: 16_384 });
  expect(wireOf(OLD, { maxTokens: 7 })).toMatchObject({ max_tokens: 7 });
});

for (const [effort, budget_tokens] of [
  ["minimal", 1024],
  ["low", 1024],
  ["medium", 8192],
  ["high", 24_576],
] as const) {
  test(`effort ${effort} is a budget of ${budget_tokens}, below the cap`, () => {
    const thinking = { type: "enabled", budget_tokens };
    const open = wireOf(OLD, { reasoning: { effort } });
    expect(open).toMatchObject({ thinking, max_tokens: 4096 + budget_tokens });
    const capped = encoded(OLD, { reasoning: { effort }, maxTokens: 3000 });
    expect(capped.wire).toMatchObject({
      thinking: { budget_tokens: Math.min(budget_tokens, 1976) },
      max_tokens: 3000,
    });
    expect(capped.notices).toHaveLength(budget_tokens > 1976 ? 1 : 0);
  });
}

test("effort none turns thinking off, where there is a switch", () => {
  const reasoning = { effort: "none" } as const;
  expect(wireOf(OLD, { reasoning })).toMatchObject({ thinking: { type: "disabled" } });
  expect(wireOf("claude-sonnet-5-5", { reasoning }).thinking).toEqual({ type: "between_tools" });
  expect(wireOf("claude-opus-5-5", { reasoning })).toMatchObject({
    output_config: { effort: "low" },
  });
  expect(said("claude-opus-5-5", { reasoning })).toEqual(["approximated reasoning_effort"]);
  expect(wireOf("claude-3-haiku", { reasoning })).not.toHaveProperty("thinking");
});

test("newer models take the effort word itself, and are asked to show their thinking", () => {
  const { wire, notices } = encoded(NEW, { reasoning: { effort: "xhigh" } });
  expect(wire).toMatchObject({
    thinking: { type: "adaptive", display: "summarized" },
    output_config: { effort: "xhigh" },
    max_tokens: 16_384,
  });
  expect(notices).toEqual([]);
  expect(said(NEW, { reasoning: { budgetTokens: 2000 } })).toEqual([
    "approximated reasoning.budgetTokens",
  ]);
});

const call: AssistantPart = { type: "tool-call", id: "a", name: "f", arguments: "{}" };
const result = {
  role: "tool",
  callId: "a",
  content: [{ type: "text", text: "ok" }],
} satisfies Message;
const thought: AssistantPart = { type: "reasoning", text: "Hm.", signature: "c2ln" };

test("thinking goes on amid tool calls only with the reasoning that led to them", () => {
  const amid = (content: readonly AssistantPart[]): Partial<ChatRequest> => ({
    messages: [user, { role: "assistant", content }, result],
    reasoning: { effort: "low" },
    tools: [f],
  });
  expect(said(OLD, amid([call]))).toEqual(["dropped reasoning_effort"]);
  expect(said(OLD, amid([thought, call]))).toEqual([]);
  expect(said(NEW, amid([call]))).toEqual([]);
});

const says = (words: string): AssistantPart => ({ type: "text", text: words });
const turn = (...content: AssistantPart[]): Message => ({ role: "assistant", content });
const instruction: Message = { role: "system", content: [{ type: "text", text: "Be brief." }] };
const noWords: Message = { role: "user", content: [{ type: "text", text: " " }] };

for (const [what, messages, thinks] of [
  [
    "a system turn after unsigned calls and their results",
    [turn(call), result, instruction],
    false,
  ],
  ["words of the user after the results", [turn(call), result, user], false],
  ["a prefill", [turn(says("{"))], false],
  ["a prefill before blank words", [turn(says("{")), noWords], false],
  ["a prefill before its reasoning", [turn(says("{"), thought)], false],
  ["a signed prefill", [turn({ type: "reasoning", text: "Hm." }, thought, says("{"))], true],
  ["signed calls before a system turn", [turn(thought, call), result, instruction], true],
  ["a turn in two messages, signed at its start", [turn(thought), turn(call), result], true],
  ["an answer without words", [turn(says(""))], true],
  ["an unsigned turn that is over", [turn(call), result, turn(says("Yes.")), user], true],
] as const) {
  test(`${what}: the model ${thinks ? "thinks" : "does not think"}`, () => {
    const members = { reasoning: { effort: "low" }, tools: [f] } as const;
    const { wire, notices } = encoded(OLD, { ...members, messages: [user, ...messages] });
    expect(Object.hasOwn(wire, "thinking")).toBe(thinks);
    expect(notices.some(({ field }) => field === "reasoning_effort")).toBe(!thinks);
  });
}

test("sampling: clamped, alone, or not at all, by model", () => {
  const members = { temperature: 1.5, topP: 0.9, topK: 3 };
  expect(wireOf(OLD, members)).toMatchObject({ temperature: 1, top_p: 0.9, top_k: 3 });
  expect(said("claude-sonnet-4-5", members)).toEqual(["approximated temperature", "dropped top_p"]);
  expect(said(NEW, members)).toEqual(["dropped temperature", "dropped top_p", "dropped top_k"]);
});

test("every tool choice has its form", () => {
  const choices = { auto: "auto", none: "none", required: "any" } as const;
  for (const [type, word] of Object.entries(choices)) {
    const toolChoice = { type } as NonNullable<ChatRequest["toolChoice"]>;
    expect(wireOf(OLD, { tools: [f], toolChoice }).tool_choice).toEqual({ type: word });
  }
  const named = { tools: [f], toolChoice: { type: "tool", name: "f" } } as const;
  expect(wireOf(OLD, named).tool_choice).toEqual({ type: "tool", name: "f" });
  expect(wireOf("claude-opus-5-5", named).tool_choice).toEqual({ type: "auto" });
  expect(said("claude-opus-5-5", named)).toEqual(["approximated tool_choice"]);
  expect(wireOf(OLD, { tools: [f], parallelToolCalls: false }).tool_choice).toEqual({
    type: "auto",
    disable_parallel_tool_use: true,
  });
});

test("only the members that tools have here are written", () => {
  const parameters = { type: "object", properties: {}, required: [] };
  const tools = [{ ...f, parameters, strict: true, description: "d" }, f];
  expect(wireOf(OLD, { tools }).tools).toEqual([
    { name: "f", description: "d", input_schema: parameters },
    { name: "f", input_schema: { type: "object", properties: {} } },
  ]);
});

test("a system turn stays in place where the model takes one and the turns around it allow it", () => {
  const system: Message = { role: "system", content: [{ type: "text", text: "Now." }] };
  const assistant: Message = { role: "assistant", content: [{ type: "text", text: "Yes." }] };
  const late = { messages: [user, assistant, user, system] };
  expect(wireOf(NEW, late).messages).toMatchObject([
    { role: "user" },
    { role: "assistant" },
    { role: "user" },
    { role: "system", content: "Now." },
  ]);
  expect(wireOf(OLD, late)).toMatchObject({ system: "Now." });
  const between = { messages: [user, assistant, system, user] };
  expect(said(NEW, between)).toEqual(["approximated messages[2]"]);
});

test("reasoning that another vendor left unsigned is dropped, and empty reasoning vanishes", () => {
  const content: AssistantPart[] = [
    { type: "reasoning", text: "Hm." },
    { type: "reasoning", text: "" },
    { type: "reasoning", text: "", signature: "s" },
    { type: "text", text: "Yes." },
  ];
  const { wire, notices } = encoded(OLD, {
    messages: [user, { role: "assistant", content }, user],
  });
  expect(wire.messages).toMatchObject([
    {},
    {
      content: [
        { type: "thinking", thinking: "", signature: "s" },
        { type: "text", text: "Yes." },
      ],
    },
    {},
  ]);
  expect(notices.map(({ field }) => field)).toEqual(["messages[1].content[0]"]);
});

test("blank text is left out wherever it stands, and a cache point on it is told of", () => {
  const blank = { type: "text", text: " \n" } as const;
  const { wire, notices } = encoded(OLD, {
    messages: [
      { role: "system", content: [blank] },
      { role: "user", content: [...user.content, { ...blank, cache: {} }] },
      { role: "assistant", content: [blank, call] },
      { ...result, content: [blank] },
    ],
  });
  expect(wire).not.toHaveProperty("system");
  expect(wire.messages).toEqual([
    { role: "user", content: "Hi" },
    { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "a" }] },
  ]);
  expect(notices.map(({ kind, field }) => `${kind} ${field}`)).toEqual([
    "dropped messages[1].content[1].cache_control",
  ]);
});

test("a cache point lasts 5m or 1h: another vendor's lifetime becomes the longer, with a notice", () => {
  const lasting = (ttl?: string) => ({ cache: ttl === undefined ? {} : { ttl } });
  const text = { type: "text", text: "Long." } as const;
  const { wire, notices } = encoded(OLD, {
    messages: [
      { role: "system", content: [{ ...text, ...lasting("30m") }] },
      {
        role: "user",
        content: [
          { ...text, ...lasting("5m") },
          { ...text, ...lasting() },
        ],
      },
    ],
    tools: [{ ...f, ...lasting("12h") }],
  });
  expect(wire).toMatchObject({
    system: [{ cache_control: { type: "ephemeral", ttl: "1h" } }],
    messages: [
      { content: [{ cache_control: { ttl: "5m" } }, { cache_control: { type: "ephemeral" } }] },
    ],
    tools: [{ cache_control: { ttl: "1h" } }],
  });
  expect(notices.map(({ kind, field }) => `${kind} ${field}`)).toEqual([
    "approximated messages[0].content[0].cache_control.ttl",
    "approximated tools[0].cache_control.ttl",
  ]);
});

test("a long integer in a call's arguments keeps its digits", () => {
  const long: AssistantPart = { ...call, arguments: '{"id":12345678901234567890}' };
  const wire = wireOf(OLD, { messages: [user, { role: "assistant", content: [long] }, result] });
  expect(JSON.stringify(wire)).toContain('"input":{"id":12345678901234567890}');
});

const refused = (message: string, members: Partial<ChatRequest>) =>
  test(`refused: ${message}`, () => {
    expect(() => wireOf(OLD, members)).toThrow(
      expect.objectContaining({ code: "invalid_request", message }),
    );
  });

const calling = (text: string): Partial<ChatRequest> => ({
  messages: [user, { role: "assistant", content: [{ ...call, arguments: text }] }],
});
const audio = { kind: "base64", data: "AAAA" } as const;

refused("n must be 1: Anthropic gives one answer", { choiceCount: 2 });
refused("messages[1].tool_calls[0].function.arguments must be JSON", calling('{"a":'));
refused("messages[1].tool_calls[0].function.arguments must be a JSON object", calling("[1]"));
refused("messages[0].content[0] cannot be sent to Anthropic: audio/wav is no image, PDF or text", {
  messages: [{ role: "user", content: [{ type: "file", mediaType: "audio/wav", source: audio }] }],
});
refused("tools[0].function.name must not be json_output: it stands for JSON answers", {
  tools: [{ type: "function", name: "json_output" }],
});
