import { expect, test } from "bun:test";
import type { ChatEvent } from "../../../src/chat/event.ts";
import { anthropicMessages } from "../../../src/formats/anthropic/messages/format.ts";
import { bedrockConverse } from "../../../src/formats/bedrock/format.ts";
import { cohereChat } from "../../../src/formats/cohere/chat/format.ts";
import { cohereChatV1 } from "../../../src/formats/cohere/chat-v1/format.ts";
import { geminiGenerate } from "../../../src/formats/gemini/format.ts";
import { ollamaChat } from "../../../src/formats/ollama/chat/format.ts";
import { openaiChat } from "../../../src/formats/openai/chat/format.ts";
import type { WireFormat } from "../../../src/formats/wire-format.ts";
import { encodeAwsMessage } from "../../../src/framing/aws-event-stream-encoder.ts";
import { joined } from "../../../src/framing/stage.ts";
import { eventsOf } from "../../gateway.ts";

/** Which event of a vendor's stream becomes which of OpenAI's chunks. */

const bytes = new TextEncoder();
const line = (data: object) => bytes.encode(`${JSON.stringify(data)}\n`);
const plain = (data: object) => bytes.encode(`data: ${JSON.stringify(data)}\n\n`);
const named = (data: { readonly type: string; readonly [name: string]: unknown }) =>
  bytes.encode(`event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`);
const frame = (type: string, payload: object) =>
  encodeAwsMessage(
    { ":message-type": "event", ":event-type": type },
    bytes.encode(JSON.stringify(payload)),
  );

const SSE = "text/event-stream";
const CONTEXT = { model: "asked", requestId: "5c1d", created: 1, includeUsage: true };
const role = { delta: { role: "assistant", content: "" } };
const call = (index: number, id: string, name: string) => ({
  delta: { tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] },
});
const fragment = (index: number, text: string) => ({
  delta: { tool_calls: [{ index, function: { arguments: text } }] },
});

/** A stream in steps, and what leaves at each; after them the chunks of its end. */
function steps(format: WireFormat, contentType: string, ...wire: readonly Uint8Array[]) {
  const decoder = format.streamDecoder({ contentType });
  const encoder = openaiChat.streamEncoder(CONTEXT);
  const left = (events: readonly ChatEvent[]) =>
    told(events.flatMap((event) => [...encoder.push(event)]));
  const all = wire.map((piece) => left(decoder.push(piece)));
  return [...all, [...left(decoder.end()), ...told(encoder.end())]];
}

/** A chunk's one choice, without what is the same in all; its usage; or its word. */
function told(pieces: Parameters<typeof joined>[0]) {
  return eventsOf(new TextDecoder().decode(joined(pieces))).map((data) => {
    if (data === "[DONE]") return data;
    const { choices, usage, error } = JSON.parse(data);
    if (error) return { error: error.message };
    if (usage) return { usage };
    const { delta, finish_reason: finish } = choices[0];
    return finish ? { delta, finish } : { delta };
  });
}

const counted = (prompt: number, completion: number) => ({
  usage: expect.objectContaining({
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  }),
});

test("6.3 Anthropic's events", () => {
  const block = (index: number, content_block: object) =>
    named({ type: "content_block_start", index, content_block });
  const delta = (index: number, inside: object) =>
    named({ type: "content_block_delta", index, delta: inside });
  const stop = (index: number) => named({ type: "content_block_stop", index });
  const usage = { input_tokens: 3, output_tokens: 1 };
  const message = { id: "msg_1", type: "message", role: "assistant", model: "m", content: [] };
  expect(
    steps(
      anthropicMessages,
      SSE,
      named({ type: "message_start", message: { ...message, usage } }),
      block(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "hm" }),
      stop(0),
      named({ type: "ping" }),
      block(1, { type: "text", text: "" }),
      delta(1, { type: "text_delta", text: "a" }),
      stop(1),
      block(2, { type: "tool_use", id: "1", name: "f", input: {} }),
      delta(2, { type: "input_json_delta", partial_json: '{"a":' }),
      delta(2, { type: "input_json_delta", partial_json: "1}" }),
      stop(2),
      block(3, { type: "tool_use", id: "2", name: "g", input: {} }),
      stop(3),
      named({
        type: "message_delta",
        delta: { stop_reason: "tool_use" },
        usage: { output_tokens: 9 },
      }),
      named({ type: "message_stop" }),
    ),
  ).toMatchObject([
    [role],
    [],
    [{ delta: { reasoning_content: "hm" } }],
    [],
    [],
    [],
    [{ delta: { content: "a" } }],
    [],
    [call(0, "1", "f")],
    [fragment(0, '{"a":')],
    [fragment(0, "1}")],
    [],
    [call(1, "2", "g")],
    [fragment(1, "{}")],
    [],
    [{ delta: {}, finish: "tool_calls" }],
    [counted(3, 9), "[DONE]"],
  ]);
});

test("6.4 Bedrock's events", () => {
  const delta = (contentBlockIndex: number, inside: object) =>
    frame("contentBlockDelta", { contentBlockIndex, delta: inside });
  const toolUse = { toolUseId: "1", name: "f" };
  expect(
    steps(
      bedrockConverse,
      "application/vnd.amazon.eventstream",
      frame("messageStart", { role: "assistant" }),
      delta(0, { reasoningContent: { text: "hm" } }),
      frame("contentBlockStop", { contentBlockIndex: 0 }),
      delta(1, { text: "a" }),
      frame("contentBlockStop", { contentBlockIndex: 1 }),
      frame("contentBlockStart", { contentBlockIndex: 2, start: { toolUse } }),
      delta(2, { toolUse: { input: '{"a":1}' } }),
      frame("contentBlockStop", { contentBlockIndex: 2 }),
      frame("messageStop", { stopReason: "tool_use" }),
      frame("metadata", { usage: { inputTokens: 3, outputTokens: 9, totalTokens: 12 } }),
    ),
  ).toMatchObject([
    [role],
    [{ delta: { reasoning_content: "hm" } }],
    [],
    [{ delta: { content: "a" } }],
    [],
    [call(0, "1", "f")],
    [fragment(0, '{"a":1}')],
    [],
    [],
    [],
    [{ delta: {}, finish: "tool_calls" }, counted(3, 9), "[DONE]"],
  ]);
});

test("6.5 Gemini's chunks: the usage is the last one's, the calls have ids", () => {
  const chunk = (parts: object[], more: object, candidatesTokenCount: number) =>
    plain({
      candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount },
    });
  expect(
    steps(
      geminiGenerate,
      SSE,
      chunk([{ text: "hm", thought: true }], {}, 1),
      chunk([{ text: "a" }], {}, 4),
      chunk([{ functionCall: { name: "f", args: { a: 1 } } }], { finishReason: "STOP" }, 9),
    ),
  ).toMatchObject([
    [role, { delta: { reasoning_content: "hm" } }],
    [{ delta: { content: "a" } }],
    [call(0, "call_0", "f"), fragment(0, '{"a":1}')],
    [{ delta: {}, finish: "tool_calls" }, counted(3, 9), "[DONE]"],
  ]);
});

test("6.6 Cohere's events, of the first API", () => {
  const response = { meta: { billed_units: { input_tokens: 3, output_tokens: 9 } } };
  const event = (event_type: string, more: object) => line({ event_type, ...more });
  expect(
    steps(
      cohereChatV1,
      "application/stream+json",
      event("stream-start", { generation_id: "g" }),
      event("search-queries-generation", { search_queries: [] }),
      event("text-generation", { text: "a" }),
      event("stream-end", { finish_reason: "MAX_TOKENS", response }),
    ).flat(),
  ).toMatchObject([
    role,
    { delta: { content: "a" } },
    { delta: {}, finish: "length" },
    counted(3, 9),
    "[DONE]",
  ]);
});

test("6.6 Cohere's events, of the second API", () => {
  const delta = (type: string, index: number, message: object) =>
    named({ type, index, delta: { message } });
  const usage = { billed_units: { input_tokens: 3, output_tokens: 9 } };
  const f = { id: "1", type: "function", function: { name: "f", arguments: "" } };
  expect(
    steps(
      cohereChat,
      SSE,
      named({ type: "message-start", id: "c", delta: { message: { role: "assistant" } } }),
      delta("tool-plan-delta", 0, { tool_plan: "hm" }),
      delta("tool-call-start", 0, { tool_calls: f }),
      delta("tool-call-delta", 0, { tool_calls: { function: { arguments: '{"a":1}' } } }),
      named({ type: "tool-call-end", index: 0 }),
      named({ type: "message-end", delta: { finish_reason: "TOOL_CALL", usage } }),
    ).flat(),
  ).toMatchObject([
    role,
    { delta: { content: "hm" } },
    call(0, "1", "f"),
    fragment(0, '{"a":1}'),
    { delta: {}, finish: "tool_calls" },
    counted(3, 9),
    "[DONE]",
  ]);
});

test("6.7 Ollama's lines: the last one's text, reason and counts are not lost", () => {
  const said = (content: string, more: object) =>
    line({
      model: "l",
      created_at: "2024-01-01T00:00:00Z",
      message: { role: "assistant", content },
      ...more,
    });
  const end = { done: true, done_reason: "length", prompt_eval_count: 3, eval_count: 9 };
  expect(
    steps(ollamaChat, "application/x-ndjson", said("a", { done: false }), said("b", end)).flat(),
  ).toMatchObject([
    role,
    { delta: { content: "a" } },
    { delta: { content: "b" } },
    { delta: {}, finish: "length" },
    counted(3, 9),
    "[DONE]",
  ]);
});
