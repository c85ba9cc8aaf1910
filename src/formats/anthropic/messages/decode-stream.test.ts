import { expect, test } from "bun:test";
import { collect } from "../../../chat/collect.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import { grammarViolation } from "../../../chat/grammar.ts";
import type { JsonObject } from "../../../chat/json.ts";
import { streamDecoder } from "./decode-stream.ts";
import { decodeResponse } from "./response.ts";

function decoded(wires: readonly (JsonObject | string)[]): ChatEvent[] {
  const decoder = streamDecoder({ contentType: "text/event-stream" });
  const lines = wires.map((wire) => {
    const data = typeof wire === "string" ? wire : JSON.stringify(wire);
    return `event: e\ndata: ${data}\n\n`;
  });
  const events = [...decoder.push(new TextEncoder().encode(lines.join(""))), ...decoder.end()];
  expect(grammarViolation(events)).toBeUndefined();
  return events;
}

const start = (usage: JsonObject = {}): JsonObject => ({
  type: "message_start",
  message: { id: "msg_1", model: "claude", usage },
});
const block = (index: number, content_block: JsonObject): JsonObject => ({
  type: "content_block_start",
  index,
  content_block,
});
const delta = (index: number, members: JsonObject): JsonObject => ({
  type: "content_block_delta",
  index,
  delta: members,
});
const stop = (index: number): JsonObject => ({ type: "content_block_stop", index });
const finish = (stop_reason: string | null, usage: JsonObject = {}): JsonObject => ({
  type: "message_delta",
  delta: { stop_reason },
  usage,
});
const done: JsonObject = { type: "message_stop" };
const text = [block(0, { type: "text", text: "" }), delta(0, { type: "text_delta", text: "Hi" })];
const lastError = (events: readonly ChatEvent[]) => {
  const last = events.at(-1);
  return last?.type === "error" ? last.error : undefined;
};

test("output counts are cumulative: the last one stands, and the provisional one never counts", () => {
  const counted = { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 8 };
  const events = decoded([
    start(counted),
    ...text,
    stop(0),
    finish("end_turn", { output_tokens: 3 }),
    done,
  ]);
  const usages = events.filter((event) => event.type === "usage").map(({ usage }) => usage);
  expect(usages).toEqual([
    { promptTokens: 15, completionTokens: 0, totalTokens: 15, cachedTokens: 5 },
    { promptTokens: 15, completionTokens: 3, totalTokens: 18, cachedTokens: 5 },
  ]);
});

test("cache writes are told by time to live, iterations are summed", () => {
  const { usage } = decodeResponse({
    content: [],
    usage: {
      input_tokens: 1,
      cache_creation_input_tokens: 9,
      cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 3 },
      output_tokens: 1,
    },
  });
  expect(usage).toMatchObject({ promptTokens: 10, cacheWriteTokens: { "5m": 4, "1h": 3, "": 2 } });
  const iteration = { input_tokens: 10, output_tokens: 2, cache_read_input_tokens: 1 };
  const { usage: summed } = decodeResponse({
    content: [],
    usage: { input_tokens: 10, output_tokens: 2, iterations: [iteration, iteration] },
  });
  expect(summed).toMatchObject({ promptTokens: 22, completionTokens: 4 });
  expect(decodeResponse({ content: [], usage: {} })).not.toHaveProperty("usage");
});

for (const [word, reason] of [
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["pause_turn", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool_calls"],
  ["refusal", "content_filter"],
  ["something_new", "stop"],
] as const) {
  test(`stop reason ${word} is ${reason}, the word kept`, () => {
    const expected = { finishReason: reason, rawFinishReason: word };
    const events = decoded([start(), ...text, finish(word), done]);
    expect(collect(events).choices[0]).toMatchObject(expected);
    const whole = decodeResponse({ content: [{ type: "text", text: "Hi" }], stop_reason: word });
    expect(whole.choices[0]).toMatchObject(expected);
  });
}

test("the tool that stands for a JSON answer is text, and no call", () => {
  const call = { type: "tool_use", id: "t", name: "json_output" };
  const events = decoded([
    start(),
    block(0, { ...call, input: {} }),
    delta(0, { type: "input_json_delta", partial_json: '{"a":' }),
    delta(0, { type: "input_json_delta", partial_json: "1}" }),
    stop(0),
    finish("tool_use"),
    done,
  ]);
  const wire = { content: [{ ...call, input: { a: 1 } }], stop_reason: "tool_use" };
  for (const answer of [collect(events), decodeResponse(wire)]) {
    expect(answer.choices).toEqual([
      {
        content: [{ type: "text", text: '{"a":1}' }],
        finishReason: "stop",
        rawFinishReason: "tool_use",
      },
    ]);
  }
});

test("blocks of the vendor's own tools are passed over", () => {
  const events = decoded([
    start(),
    block(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
    delta(0, { type: "input_json_delta", partial_json: "{}" }),
    stop(0),
    block(1, { type: "text", text: "" }),
    delta(1, { type: "text_delta", text: "Hi" }),
    stop(1),
    finish("end_turn"),
    done,
  ]);
  expect(collect(events).choices[0]?.content).toEqual([{ type: "text", text: "Hi" }]);
});

test("what is left open when the answer ends is closed, once all is said", () => {
  const events = decoded([start(), ...text, finish("end_turn"), finish("refusal"), done, ...text]);
  expect(events.map(({ type }) => type)).toEqual([
    "message-start",
    "usage",
    "block-start",
    "text-delta",
    "usage",
    "usage",
    "block-end",
    "finish",
  ]);
  expect(events.at(-1)).toMatchObject({ reason: "content_filter", raw: "refusal" });
});

test("the last event stands for a missing stop reason, but not for a missing answer", () => {
  expect(lastError(decoded([start(), ...text, stop(0), done]))).toBeUndefined();
  expect(lastError(decoded([start(), done]))?.code).toBe("upstream_truncated");
});

test("a delta whose block nobody began begins one, unless it needs a name", () => {
  const said = decoded([
    start(),
    delta(0, { type: "thinking_delta", thinking: "hm" }),
    delta(1, { type: "text_delta", text: "a" }),
    delta(1, { type: "text_delta", text: "b" }),
    finish("end_turn"),
    done,
  ]);
  expect(collect(said).choices).toEqual([
    {
      content: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "ab" },
      ],
      finishReason: "stop",
      rawFinishReason: "end_turn",
    },
  ]);
  const nameless = decoded([start(), delta(0, { type: "input_json_delta", partial_json: "{" })]);
  expect(lastError(nameless)?.code).toBe("upstream_bad_response");
});

test("bytes that stop before the answer does end in an error", () => {
  expect(lastError(decoded([]))?.code).toBe("upstream_truncated");
  expect(lastError(decoded([start(), ...text, stop(0)]))?.code).toBe("upstream_truncated");
  expect(lastError(decoded([start(), ...text, '{"type":"content_bl']))).toMatchObject({
    code: "upstream_bad_response",
    message: "failed to decode anthropic response",
  });
});

for (const [type, code] of [
  ["overloaded_error", "upstream_overloaded"],
  ["api_error", "upstream_error"],
  ["rate_limit_error", "rate_limited"],
  ["invalid_request_error", "invalid_request"],
  ["timeout_error", "upstream_timeout"],
] as const) {
  test(`the vendor's ${type} amid a stream is ${code}`, () => {
    const failure = { type: "error", error: { type, message: "Sorry" } };
    expect(lastError(decoded([start(), ...text, failure]))).toMatchObject({
      code,
      message: "Sorry",
      vendor: { type },
    });
  });
}

test("an answer without content is refused in the reference's words", () => {
  const message = "'content' not in anthropic://llm/v1/chat response";
  expect(() => decodeResponse({ id: "x" })).toThrow(
    expect.objectContaining({ code: "upstream_bad_response", message }),
  );
  const error = { type: "error", error: { type: "overloaded_error", message: "busy" } };
  expect(() => decodeResponse(error)).toThrow(
    expect.objectContaining({ code: "upstream_overloaded", message: "busy" }),
  );
});
