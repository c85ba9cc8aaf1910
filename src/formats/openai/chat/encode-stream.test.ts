import { expect, test } from "bun:test";
import { GatewayError } from "../../../chat/error.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import { streamEncoder } from "./encode-stream.ts";

const CONTEXT = { model: "asked", requestId: "r1", created: 9, includeUsage: false };
const HEAD = { id: "chatcmpl-r1", object: "chat.completion.chunk", created: 9, model: "asked" };

function encode(events: readonly ChatEvent[], context = CONTEXT): string {
  const encoder = streamEncoder(context);
  const chunks = [...events.flatMap((event) => [...encoder.push(event)]), ...encoder.end()];
  return chunks.join("");
}

function chunks(events: readonly ChatEvent[], context = CONTEXT): unknown[] {
  const frames = encode(events, context).split("\n\n").slice(0, -1);
  expect(frames.pop()).toBe("data: [DONE]");
  return frames.map((frame) => JSON.parse(frame.slice("data: ".length)));
}

const start: ChatEvent = { type: "message-start", id: "", model: "" };
const hello: readonly ChatEvent[] = [
  start,
  { type: "block-start", index: 0, choice: 0, block: { kind: "text" } },
  { type: "text-delta", index: 0, text: 'he"\n' },
  { type: "block-end", index: 0 },
  { type: "usage", usage: { promptTokens: 1, completionTokens: 2, totalTokens: 3 } },
  { type: "finish", choice: 0, reason: "stop", raw: "end_turn" },
];

const choice = (delta: object, finish: string | null = null) => ({
  index: 0,
  delta,
  logprobs: null,
  finish_reason: finish,
});

test("role chunk, content, finish with an empty delta, [DONE] once", () => {
  expect(chunks(hello)).toEqual([
    { ...HEAD, choices: [choice({ role: "assistant", content: "" })] },
    { ...HEAD, choices: [choice({ content: 'he"\n' })] },
    { ...HEAD, choices: [{ ...choice({}, "stop"), native_finish_reason: "end_turn" }] },
  ]);
});

test("a usage report that was asked for comes last; every chunk before says null", () => {
  const all = chunks(hello, { ...CONTEXT, includeUsage: true });
  expect(all.slice(0, -1)).toEqual(
    Array.from({ length: 3 }, () => expect.objectContaining({ usage: null })),
  );
  expect(all.at(-1)).toEqual({
    ...HEAD,
    choices: [],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
});

test("a guardrail's trace that is told at the end stands in the last chunk", () => {
  const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };
  const extra = { trace: { guardrail: {} }, metrics: {} };
  const events: readonly ChatEvent[] = [
    start,
    { type: "finish", choice: 0, reason: "stop" },
    { type: "usage", usage, extra, extraFormat: "another" },
  ];
  const { trace } = extra;
  expect(chunks(events).at(-1)).toEqual({ ...HEAD, trace, choices: [choice({})] });
  expect(chunks(events, { ...CONTEXT, includeUsage: true }).at(-1)).toEqual({
    ...HEAD,
    trace,
    choices: [],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  });
});

test("an error is one event, which no terminator follows", () => {
  const error = new GatewayError("upstream_truncated", "upstream closed the stream early");
  expect(encode([{ type: "error", error }])).toBe(
    `data: {"error":{"message":"upstream closed the stream early","type":"upstream_error","code":null}}\n\n`,
  );
});

test("tool calls are counted from 0 in each choice, and no arguments are the empty object", () => {
  const block = (id: string) => ({ kind: "tool-call", id, name: "f" }) as const;
  const events: ChatEvent[] = [
    start,
    { type: "block-start", index: 0, choice: 0, block: block("a") },
    { type: "block-end", index: 0 },
    { type: "block-start", index: 1, choice: 1, block: block("b") },
    { type: "tool-call-delta", index: 1, arguments: "{}" },
    { type: "block-end", index: 1 },
  ];
  const called = (id: string) => ({
    index: 0,
    id,
    type: "function",
    function: { name: "f", arguments: "" },
  });
  const args = { index: 0, function: { arguments: "{}" } };
  expect(chunks(events)).toMatchObject([
    { choices: [{ index: 0, delta: { role: "assistant" } }] },
    { choices: [{ index: 0, delta: { tool_calls: [called("a")] } }] },
    { choices: [{ index: 0, delta: { tool_calls: [args] } }] },
    { choices: [{ index: 1, delta: { role: "assistant" } }] },
    { choices: [{ index: 1, delta: { tool_calls: [called("b")] } }] },
    { choices: [{ index: 1, delta: { tool_calls: [args] } }] },
  ]);
});

test("a signature follows its reasoning as one whole detail", () => {
  const events: ChatEvent[] = [
    start,
    { type: "block-start", index: 0, choice: 0, block: { kind: "reasoning" } },
    { type: "reasoning-delta", index: 0, text: "I " },
    { type: "reasoning-delta", index: 0, text: "think" },
    { type: "reasoning-delta", index: 0, signature: "sig" },
    { type: "block-end", index: 0 },
  ];
  expect(chunks(events).slice(1)).toMatchObject([
    { choices: [choice({ reasoning_content: "I " })] },
    { choices: [choice({ reasoning_content: "think" })] },
    {
      choices: [
        choice({
          reasoning_details: [{ type: "reasoning.text", text: "I think", signature: "sig" }],
        }),
      ],
    },
  ]);
});

test("members from another format stay out", () => {
  const foreign = { ...start, extra: { stop_sequence: "x" }, extraFormat: "anthropic" } as const;
  expect(chunks([foreign])).toEqual([
    { ...HEAD, choices: [choice({ role: "assistant", content: "" })] },
  ]);
});

test("in the old form one call is function_call, and what is called beside it is not lost", () => {
  const block = (index: number, name: string): ChatEvent[] => [
    {
      type: "block-start",
      index,
      choice: 0,
      block: { kind: "tool-call", id: `c${index}`, name },
    },
    { type: "tool-call-delta", index, arguments: '{"a":1}' },
    { type: "block-end", index },
  ];
  const events: ChatEvent[] = [
    { type: "message-start", id: "1", model: "m" },
    ...block(0, "f"),
    ...block(1, "g"),
    { type: "finish", choice: 0, reason: "tool_calls" },
  ];
  const told = chunks(events, { ...CONTEXT, oldFunctionCalls: true } as typeof CONTEXT);
  const choices = told.flatMap((chunk) => (chunk as { choices: object[] }).choices);
  expect(choices).toMatchObject([
    { delta: { role: "assistant" } },
    { delta: { function_call: { name: "f", arguments: "" } } },
    { delta: { function_call: { arguments: '{"a":1}' } } },
    { delta: { tool_calls: [{ index: 0, id: "c1", function: { name: "g", arguments: "" } }] } },
    { delta: { tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] } },
    { delta: {}, finish_reason: "function_call" },
  ]);
});
