import { describe, expect, test } from "bun:test";
import { collect } from "../../chat/collect.ts";
import type { ErrorCode } from "../../chat/error.ts";
import type { ChatEvent } from "../../chat/event.ts";
import { grammarViolation } from "../../chat/grammar.ts";
import type { JsonObject } from "../../chat/json.ts";
import { type AwsHeaderInput, encodeAwsMessage } from "../../framing/aws-event-stream-encoder.ts";
import { streamDecoder } from "./decode-stream.ts";
import { decodeError } from "./errors.ts";
import { decodeResponse } from "./response.ts";

const encoder = new TextEncoder();

function frame(headers: Record<string, AwsHeaderInput>, payload: JsonObject): Uint8Array {
  return encodeAwsMessage(headers, encoder.encode(JSON.stringify(payload)));
}

const event = (type: string, payload: JsonObject): Uint8Array =>
  frame({ ":message-type": "event", ":event-type": type }, payload);
const exception = (type: string, payload: JsonObject): Uint8Array =>
  frame({ ":message-type": "exception", ":exception-type": type }, payload);
const delta = (contentBlockIndex: number, inside: JsonObject) =>
  event("contentBlockDelta", { contentBlockIndex, delta: inside });
const start = event("messageStart", { role: "assistant" });
const stop = (stopReason: string) => event("messageStop", { stopReason });

function decode(...frames: readonly Uint8Array[]): ChatEvent[] {
  const decoder = streamDecoder({ contentType: "application/vnd.amazon.eventstream" });
  return [...frames.flatMap((bytes) => [...decoder.push(bytes)]), ...decoder.end()];
}

const answerOf = (content: readonly JsonObject[], stopReason = "end_turn") =>
  decodeResponse({ output: { message: { role: "assistant", content } }, stopReason }).choices[0];

describe("a whole answer", () => {
  test("has all its texts, thoughts and calls, and no call without arguments", () => {
    const content = [
      { reasoningContent: { reasoningText: { text: "Hm.", signature: "c2ln" } } },
      { reasoningContent: { redactedContent: "c2VhbGVk" } },
      { text: "One, " },
      { text: "two." },
      { toolUse: { toolUseId: "a", name: "f", input: {} } },
      { toolUse: { toolUseId: "b", name: "g", input: { n: 1 } } },
    ];
    expect(answerOf(content, "tool_use")).toEqual({
      content: [
        { type: "reasoning", text: "Hm.", signature: "c2ln" },
        { type: "reasoning", text: "", redacted: "c2VhbGVk" },
        { type: "text", text: "One, " },
        { type: "text", text: "two." },
        { type: "tool-call", id: "a", name: "f", arguments: "{}" },
        { type: "tool-call", id: "b", name: "g", arguments: '{"n":1}' },
      ],
      finishReason: "tool_calls",
      rawFinishReason: "tool_use",
    });
  });

  test.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["a_new_reason", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["guardrail_intervened", "content_filter"],
    ["content_filtered", "content_filter"],
  ])("that stops by %s finishes with %s and keeps the word", (word, finishReason) => {
    const choice = answerOf([{ text: "x" }], word);
    expect(choice).toMatchObject({ finishReason, rawFinishReason: word });
  });

  test("counts cached tokens as prompt, and keeps trace and tier", () => {
    const answer = decodeResponse({
      output: { message: { content: [] } },
      stopReason: "end_turn",
      usage: {
        inputTokens: 10,
        outputTokens: 5,
        totalTokens: 1018,
        cacheReadInputTokens: 1000,
        cacheWriteInputTokens: 3,
        cacheDetails: [{ ttl: "1h", inputTokens: 3 }],
      },
      serviceTier: { type: "flex" },
      trace: { guardrail: {} },
    });
    expect(answer.usage).toEqual({
      promptTokens: 1013,
      completionTokens: 5,
      totalTokens: 1018,
      cachedTokens: 1000,
      cacheWriteTokens: { "1h": 3 },
      serviceTier: "flex",
    });
    expect(answer.extra).toEqual({ trace: { guardrail: {} } });
  });

  test("by the tool for structured output is text, and no call", () => {
    const use = { toolUseId: "a", name: "json_output", input: { a: 1 } };
    expect(answerOf([{ toolUse: use }], "tool_use")).toEqual({
      content: [{ type: "text", text: '{"a":1}' }],
      finishReason: "stop",
      rawFinishReason: "tool_use",
    });
    const own = { ...use, name: "json_output_" };
    expect(answerOf([{ toolUse: own }], "tool_use")?.content[0]).toMatchObject({
      name: "json_output",
    });
  });

  test("cites its sources", () => {
    const citation = {
      title: "News",
      sourceContent: [{ text: "It rained." }],
      location: { web: { url: "https://example.com" } },
    };
    const cited = { content: [{ text: "Rain." }], citations: [citation] };
    expect(answerOf([{ citationsContent: cited }])?.content).toEqual([
      {
        type: "text",
        text: "Rain.",
        annotations: [
          {
            type: "citation",
            title: "News",
            url: "https://example.com",
            quote: "It rained.",
            raw: citation,
          },
        ],
      },
    ]);
  });

  test("shows a picture as Markdown, and none that was not drawn", () => {
    const image = (source: JsonObject) => ({ image: { format: "jpeg", source } });
    const content = [
      image({ bytes: "/9j/" }),
      image({ s3Location: { uri: "s3://b/k" } }),
      { image: { format: "png", error: { message: "no" } } },
    ];
    expect(answerOf(content)?.content).toEqual([
      { type: "text", text: "![](data:image/jpeg;base64,/9j/)" },
      { type: "text", text: "![](s3://b/k)" },
    ]);
  });

  test("without content or reason is none, but an empty one with a reason is an answer", () => {
    const words = "no generation candidates received from Bedrock, or max_tokens too short";
    expect(() => decodeResponse({ metrics: { latencyMs: 1 } })).toThrow(words);
    expect(answerOf([])).toMatchObject({ content: [], finishReason: "stop" });
  });

  test("that is an error after all is that error", () => {
    const body = { __type: "com.amazon#ThrottlingException", message: "slow down" };
    expect(() => decodeResponse(body)).toThrow("slow down");
  });
});

describe("a streamed answer", () => {
  test("gives tool arguments in fragments, each call its own, and the empty object for none", () => {
    const use = (contentBlockIndex: number, name: string) =>
      event("contentBlockStart", {
        contentBlockIndex,
        start: { toolUse: { toolUseId: `id-${name}`, name } },
      });
    const events = decode(
      start,
      delta(0, { text: "Wait." }),
      event("contentBlockStop", { contentBlockIndex: 0 }),
      use(1, "f"),
      delta(1, { toolUse: { input: "" } }),
      delta(1, { toolUse: { input: '{"n":' } }),
      use(2, "g"),
      delta(1, { toolUse: { input: "1}" } }),
      event("contentBlockStop", { contentBlockIndex: 1 }),
      event("contentBlockStop", { contentBlockIndex: 2 }),
      stop("tool_use"),
    );
    expect(collect(events).choices[0]).toMatchObject({
      content: [
        { type: "text", text: "Wait." },
        { type: "tool-call", id: "id-f", name: "f", arguments: '{"n":1}' },
        { type: "tool-call", id: "id-g", name: "g", arguments: "{}" },
      ],
      finishReason: "tool_calls",
    });
  });

  test("fails where it gives arguments to a call that it never named", () => {
    const events = decode(start, delta(0, { toolUse: { input: "{}" } }), stop("tool_use"));
    expect(events.at(-1)).toMatchObject({
      type: "error",
      error: { code: "upstream_bad_response" },
    });
  });

  test("gives thoughts with their seals", () => {
    const events = decode(
      start,
      delta(0, { reasoningContent: { text: "H" } }),
      delta(0, { reasoningContent: { text: "m." } }),
      delta(0, { reasoningContent: { signature: "c2ln" } }),
      event("contentBlockStop", { contentBlockIndex: 0 }),
      delta(1, { reasoningContent: { redactedContent: "c2VhbGVk" } }),
      delta(2, { text: "Yes." }),
      stop("end_turn"),
    );
    expect(collect(events).choices[0]?.content).toEqual([
      { type: "reasoning", text: "Hm.", signature: "c2ln" },
      { type: "reasoning", text: "", redacted: "c2VhbGVk" },
      { type: "text", text: "Yes." },
    ]);
  });

  test("unwraps structured output, and passes over what Bedrock's own tools do", () => {
    const block = (contentBlockIndex: number, toolUse: JsonObject) =>
      event("contentBlockStart", { contentBlockIndex, start: { toolUse } });
    const events = decode(
      start,
      block(0, { toolUseId: "s", name: "nova_grounding", type: "server_tool_use" }),
      delta(0, { toolUse: { input: "{}" } }),
      event("contentBlockStop", { contentBlockIndex: 0 }),
      block(1, { toolUseId: "a", name: "json_output" }),
      delta(1, { toolUse: { input: '{"a":1}' } }),
      stop("tool_use"),
    );
    expect(collect(events).choices).toEqual([
      {
        content: [{ type: "text", text: '{"a":1}' }],
        finishReason: "stop",
        rawFinishReason: "tool_use",
      },
    ]);
  });

  test("shows a picture as a whole answer does, whatever pieces it came in", () => {
    const drawn = (...pieces: readonly string[]) =>
      decode(
        start,
        delta(0, { text: "See" }),
        event("contentBlockStart", { contentBlockIndex: 1, start: { image: { format: "png" } } }),
        ...pieces.map((bytes) => delta(1, { image: { source: { bytes } } })),
        event("contentBlockStop", { contentBlockIndex: 1 }),
        stop("end_turn"),
      );
    const see = { type: "text", text: "See" } as const;
    const picture = { type: "text", text: "![](data:image/png;base64,QUJDRA==)" } as const;
    for (const pieces of [["QUJDRA=="], ["QUJD", "RA=="], ["QQ==", "QkM=", "RA=="]]) {
      expect(collect(drawn(...pieces)).choices[0]?.content).toEqual([see, picture]);
    }
    expect(collect(drawn()).choices[0]?.content).toEqual([see]);
    expect(grammarViolation(drawn("?=", "QQ=="))).toBeUndefined();
  });

  test("tells at its end what a whole answer tells beside its content", () => {
    const counts = { inputTokens: 1, outputTokens: 2, totalTokens: 3 };
    const beside = { metrics: { latencyMs: 1 }, trace: { guardrail: {} } };
    const fields = { additionalModelResponseFields: { stop_sequence: "x" } };
    const events = decode(
      start,
      delta(0, { text: "a" }),
      event("messageStop", { stopReason: "end_turn", ...fields, p: "abcdef" }),
      event("metadata", { usage: counts, ...beside, p: "abc" }),
    );
    const whole = decodeResponse({
      output: { message: { role: "assistant", content: [{ text: "a" }] } },
      stopReason: "end_turn",
      usage: counts,
      ...beside,
      ...fields,
    });
    expect(collect(events)).toEqual(whole);
  });

  test("counts what comes after the stop", () => {
    const events = decode(
      start,
      delta(0, { text: "a" }),
      stop("end_turn"),
      delta(0, { text: "late" }),
      stop("max_tokens"),
      event("metadata", { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } }),
    );
    expect(collect(events)).toMatchObject({
      choices: [{ content: [{ text: "alate" }], finishReason: "length" }],
      usage: { totalTokens: 3 },
    });
  });

  test.each<[string, ErrorCode]>([
    ["throttlingException", "rate_limited"],
    ["validationException", "invalid_request"],
    ["modelStreamErrorException", "upstream_error"],
    ["internalServerException", "upstream_error"],
    ["serviceUnavailableException", "upstream_overloaded"],
    ["aNewException", "upstream_error"],
  ])("broken by %s ends in %s", (type, code) => {
    const events = decode(start, delta(0, { text: "a" }), exception(type, { message: "why" }));
    const last = events.at(-1);
    expect(last).toMatchObject({
      type: "error",
      error: { code, message: "why", vendor: { type } },
    });
    expect(decode(exception(type, { message: "why" }))).toHaveLength(1);
  });

  test("broken by an error frame tells its code and message", () => {
    const headers = {
      ":message-type": "error",
      ":error-code": "InternalFailure",
      ":error-message": "it broke",
    };
    expect(decode(start, frame(headers, {})).at(-1)).toMatchObject({
      type: "error",
      error: { code: "upstream_error", message: "it broke" },
    });
  });

  test("that stops before its end, or comes damaged, ends in an error", () => {
    expect(decode(start, delta(0, { text: "a" })).at(-1)).toMatchObject({
      error: { code: "upstream_truncated" },
    });
    const damaged = delta(0, { text: "a" });
    damaged[damaged.length - 6] = 0;
    const events = decode(start, damaged, stop("end_turn"));
    expect(events.at(-1)).toMatchObject({ error: { code: "upstream_bad_response" } });
    expect(events.filter(({ type }) => type === "text-delta")).toEqual([]);
  });
});

test.each<[number, unknown, ErrorCode]>([
  [400, { message: "no" }, "invalid_request"],
  [403, { message: "no" }, "permission_denied"],
  [404, { Message: "no" }, "not_found"],
  [408, { message: "no" }, "upstream_timeout"],
  [424, { message: "no" }, "upstream_error"],
  [429, { message: "no" }, "rate_limited"],
  [400, { __type: "ServiceQuotaExceededException", message: "no" }, "rate_limited"],
  [500, { message: "no" }, "upstream_error"],
  [503, { message: "no" }, "upstream_overloaded"],
  [502, "<html>", "upstream_error"],
])("an error of status %d with %j is %s", (status, body, code) => {
  const error = decodeError(status, body);
  expect(error).toMatchObject({ code, status });
  expect(error.message).toBe(typeof body === "string" ? "non-JSON reply (status 502)" : "no");
});
