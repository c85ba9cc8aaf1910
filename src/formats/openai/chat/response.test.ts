import { expect, test } from "bun:test";
import type { ChoicePart } from "../../../chat/response.ts";
import { encodeResponse } from "./encode-response.ts";
import { decodeResponse } from "./response.ts";

const CONTEXT = { model: "asked", requestId: "r1", created: 9, includeUsage: false };

const encode = (content: readonly ChoicePart[]) =>
  encodeResponse({ id: "", model: "", choices: [{ content }] }, CONTEXT);

const call = { type: "tool-call", id: "a", name: "f", arguments: "" } as const;

test("what the vendor does not say is filled in, and every member a strict client needs is there", () => {
  expect(encode([{ type: "text", text: "a" }])).toEqual({
    id: "chatcmpl-r1",
    object: "chat.completion",
    created: 9,
    model: "asked",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "a", refusal: null },
        logprobs: null,
        finish_reason: null,
      },
    ],
  });
});

test("content is null beside tool calls and empty where nothing was said", () => {
  const message = { content: null, tool_calls: [{ function: { name: "f", arguments: "{}" } }] };
  expect(encode([call])).toMatchObject({ choices: [{ message }] });
  expect(encode([])).toMatchObject({ choices: [{ message: { content: "" } }] });
});

test("a filtered answer without a word has no content", () => {
  const choices = [{ content: [], finishReason: "content_filter" }] as const;
  const wire = encodeResponse({ id: "", model: "", choices }, CONTEXT);
  expect(wire).toMatchObject({
    choices: [{ message: { content: null }, finish_reason: "content_filter" }],
  });
});

test("a guardrail's trace stands beside the members, what else only another format has does not", () => {
  const extra = { trace: { guardrail: {} }, additionalModelResponseFields: {} };
  const answer = { id: "", model: "", choices: [], extra, extraFormat: "bedrock-converse" };
  const wire = encodeResponse(answer, CONTEXT);
  expect(wire).toHaveProperty("trace", { guardrail: {} });
  expect(wire).not.toHaveProperty("additionalModelResponseFields");
});

test("texts are joined with nothing, and their citations move with them", () => {
  const cited = { type: "citation", url: "https://a", title: "A", start: 1, end: 2 } as const;
  const wire = encode([
    { type: "text", text: "one " },
    { type: "text", text: "two", annotations: [cited] },
  ]);
  const citation = { url: "https://a", title: "A", start_index: 5, end_index: 6 };
  const annotations = [{ type: "url_citation", url_citation: citation }];
  expect(wire).toMatchObject({ choices: [{ message: { content: "one two", annotations } }] });
});

test("an answer without choices is refused in the reference's words", () => {
  for (const wire of [{}, { choices: "none" }]) {
    expect(() => decodeResponse(wire)).toThrow(
      expect.objectContaining({
        code: "upstream_bad_response",
        message: "'choices' not in llm/v1/chat response",
      }),
    );
  }
});

test("an error in a 200 body is that error", () => {
  const wire = { error: { message: "slow down", code: "rate_limit_exceeded" } };
  expect(() => decodeResponse(wire)).toThrow(
    expect.objectContaining({ code: "rate_limited", status: 429, message: "slow down" }),
  );
});

test("calls without an id, with arguments as an object, or in the retired member are read", () => {
  const tool_calls = [{ function: { name: "f", arguments: { x: 1 } } }];
  const function_call = { name: "g", arguments: "{}" };
  const wire = { id: "c-1", choices: [{ message: { tool_calls, function_call } }] };
  expect(decodeResponse(wire).choices[0]?.content).toEqual([
    { type: "tool-call", id: "call_0_c-1", name: "f", arguments: '{"x":1}' },
    { type: "tool-call", id: "call_1_c-1", name: "g", arguments: "{}" },
  ]);
});

test("choices stand in the order of their index", () => {
  const choice = (index: number, content: string) => ({ index, message: { content } });
  const answer = decodeResponse({ choices: [choice(1, "b"), choice(0, "a")] });
  expect(answer.choices.map(({ content }) => content)).toMatchObject([
    [{ text: "a" }],
    [{ text: "b" }],
  ]);
});

test("in the old form one call is function_call, and what is called beside it is not lost", () => {
  const context = { ...CONTEXT, oldFunctionCalls: true };
  const calls = [call, { ...call, id: "b", name: "g" }];
  const finished = { content: calls, finishReason: "tool_calls" } as const;
  expect(encodeResponse({ id: "", model: "", choices: [finished] }, context)).toMatchObject({
    choices: [
      {
        message: {
          content: null,
          function_call: { name: "f", arguments: "{}" },
          tool_calls: [{ id: "b", function: { name: "g", arguments: "{}" } }],
        },
        finish_reason: "function_call",
      },
    ],
  });
});
