import { expect, test } from "bun:test";
import type { ChatEvent } from "../../chat/event.ts";
import { MAX_KEPT_LENGTH } from "./kept-answer.ts";
import { whenOver } from "./whole-answer.ts";

const HALF = "a".repeat(MAX_KEPT_LENGTH / 2);
const tool = { kind: "tool-call", id: "c1", name: "f" } as const;

/** What is told of an answer whose one block has these deltas. */
function told(block: Extract<ChatEvent, { type: "block-start" }>["block"], deltas: ChatEvent[]) {
  const given: unknown[] = [];
  const observer = whenOver((response) => given.push(response));
  observer.events([
    { type: "message-start", id: "a", model: "m" },
    { type: "block-start", index: 0, choice: 0, block },
    ...deltas,
  ]);
  observer.end(true);
  return given;
}

test.each<[string, ChatEvent, Parameters<typeof told>[0]]>([
  ["words", { type: "text-delta", index: 0, text: HALF }, { kind: "text" }],
  ["logprobs", { type: "text-delta", index: 0, text: "a", logprobs: [HALF] }, { kind: "text" }],
  ["thoughts", { type: "reasoning-delta", index: 0, text: HALF }, { kind: "reasoning" }],
  ["arguments", { type: "tool-call-delta", index: 0, arguments: HALF }, tool],
])("an answer with too many %s is not put together", (_what, delta, block) => {
  expect(told(block, [delta])).toEqual([expect.objectContaining({ id: "a" })]);
  expect(told(block, [delta, delta, delta])).toEqual([undefined]);
});
