import { expect, test } from "bun:test";
import fc from "fast-check";
import { collect, collector } from "../../src/chat/collect.ts";
import { GatewayError } from "../../src/chat/error.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { expand } from "../../src/chat/expand.ts";
import { grammarViolation } from "../../src/chat/grammar.ts";
import { chatResponse, freeContent } from "./arbitraries.ts";

test("collecting an expanded answer gives the answer", () => {
  fc.assert(
    fc.property(chatResponse(freeContent), (answer) => {
      expect(collect(expand(answer))).toEqual(answer);
    }),
  );
});

test("an expanded answer obeys the grammar", () => {
  fc.assert(
    fc.property(chatResponse(freeContent), (answer) => {
      expect(grammarViolation(expand(answer))).toBeUndefined();
    }),
  );
});

test("deltas of parallel tool calls and of several choices may interleave", () => {
  const call = (id: string) => ({ kind: "tool-call", id, name: "f" }) as const;
  const events: ChatEvent[] = [
    { type: "message-start", id: "a", model: "m" },
    { type: "block-start", index: 0, choice: 0, block: call("x") },
    { type: "block-start", index: 1, choice: 1, block: { kind: "text" } },
    { type: "tool-call-delta", index: 0, arguments: '{"a"' },
    { type: "block-start", index: 2, choice: 0, block: call("y") },
    { type: "text-delta", index: 1, text: "he" },
    { type: "tool-call-delta", index: 2, arguments: "{}" },
    { type: "tool-call-delta", index: 0, arguments: ":1}" },
    { type: "text-delta", index: 1, text: "llo" },
    { type: "block-end", index: 2 },
    { type: "block-end", index: 0 },
    { type: "block-end", index: 1 },
    { type: "finish", choice: 1, reason: "stop" },
    { type: "finish", choice: 0, reason: "tool_calls" },
  ];
  expect(grammarViolation(events)).toBeUndefined();
  expect(collect(events).choices).toEqual([
    {
      content: [
        { type: "tool-call", id: "x", name: "f", arguments: '{"a":1}' },
        { type: "tool-call", id: "y", name: "f", arguments: "{}" },
      ],
      finishReason: "tool_calls",
    },
    { content: [{ type: "text", text: "hello" }], finishReason: "stop" },
  ]);
});

test("members told with the usage join those told at the start", () => {
  const usage = { promptTokens: 1, completionTokens: 2, totalTokens: 3 };
  const events: ChatEvent[] = [
    { type: "message-start", id: "a", model: "m", extra: { a: 1, b: 1 }, extraFormat: "x" },
    { type: "finish", choice: 0, reason: "stop" },
    { type: "usage", usage, extra: { b: 2 }, extraFormat: "x" },
    { type: "usage", usage, extra: { c: 3 }, extraFormat: "x" },
    { type: "usage", usage },
  ];
  expect(grammarViolation(events)).toBeUndefined();
  const answer = collect(events);
  expect(answer).toMatchObject({ usage, extra: { a: 1, b: 2, c: 3 }, extraFormat: "x" });
  expect(collect(expand(answer))).toEqual(answer);
});

test("collecting throws the error that the stream ended with", () => {
  const error = new GatewayError("upstream_reset", "broken");
  const events: ChatEvent[] = [
    { type: "message-start", id: "a", model: "m" },
    { type: "error", error },
  ];
  expect(() => collect(events)).toThrow(error);
});

test("nothing at all is a truncated answer", () => {
  expect(() => collector().finish()).toThrow(
    expect.objectContaining({ code: "upstream_truncated" }),
  );
});
