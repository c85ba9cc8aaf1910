import { expect, test } from "bun:test";
import { GatewayError } from "../../src/chat/error.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { grammarViolation } from "../../src/chat/grammar.ts";

const head: ChatEvent = { type: "message-start", id: "a", model: "m" };
const error: ChatEvent = { type: "error", error: new GatewayError("internal", "x") };
const text = (index: number, choice = 0): ChatEvent => ({
  type: "block-start",
  index,
  choice,
  block: { kind: "text" },
});
const end = (index: number): ChatEvent => ({ type: "block-end", index });
const finish: ChatEvent = { type: "finish", choice: 0, reason: "stop" };

const LAWFUL: readonly [string, readonly ChatEvent[]][] = [
  ["an answer without content", [head]],
  ["an error alone", [error]],
  ["an error in an open block", [head, text(0), error]],
  ["a choice without a finish reason", [head, text(0), end(0)]],
  ["blocks of another choice after a finish", [head, finish, text(0, 1), end(0)]],
  ["indices with gaps", [head, text(3), end(3), text(7), end(7)]],
];

for (const [name, events] of LAWFUL) {
  test(`lawful: ${name}`, () => {
    expect(grammarViolation(events)).toBeUndefined();
  });
}

const delta: ChatEvent = { type: "text-delta", index: 0, text: "x" };
const thought: ChatEvent = { type: "reasoning-delta", index: 0, text: "x" };

const BROKEN: readonly [string, readonly ChatEvent[]][] = [
  ["the stream ends before message-start", []],
  ["finish before message-start", [finish]],
  ["message-start twice", [head, head]],
  ["text-delta for block 0, which is not open", [head, delta]],
  ["reasoning-delta in a text block", [head, text(0), thought]],
  ["block 0 ends but is not open", [head, text(0), end(0), end(0)]],
  ["block 0 starts after block 0", [head, text(0), end(0), text(0)]],
  ["block 1 starts after block 2", [head, text(2), text(1)]],
  ["choice 0 finishes with block 0 open", [head, text(0), finish]],
  ["choice 0 finishes twice", [head, finish, finish]],
  ["block 0 starts in a finished choice", [head, finish, text(0)]],
  ["the stream ends with block 0 open", [head, text(0)]],
  ["usage after the error", [error, { type: "usage", usage: usage() }]],
];

for (const [violation, events] of BROKEN) {
  test(`broken: ${violation}`, () => {
    expect(grammarViolation(events)).toBe(violation);
  });
}

function usage() {
  return { promptTokens: 1, completionTokens: 1, totalTokens: 2 };
}
