import { expect, test } from "bun:test";
import fc from "fast-check";
import type { ChatEvent } from "../../src/chat/event.ts";
import { expand } from "../../src/chat/expand.ts";
import { grammarViolation } from "../../src/chat/grammar.ts";
import { anthropicMessages } from "../../src/formats/anthropic/messages/format.ts";
import {
  answers,
  chatRequest,
  streamUsage,
  strictOnOld,
  thinksWhenForced,
} from "./anthropic-arbitraries.ts";
import { withFewCaches } from "./arbitraries.ts";
import { throughStream } from "./format-laws.ts";
import { holdLaws } from "./hold-laws.ts";

const eventNames = [
  "message_start",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop",
  "ping",
];
const block = fc.constantFrom("text", "thinking", "redacted_thinking", "tool_use", "other");
const anyEvent = fc.record(
  {
    type: fc.constantFrom(...eventNames),
    index: fc.oneof(fc.nat({ max: 2 }), fc.jsonValue()),
    message: fc.oneof(fc.constant({ id: "m" }), fc.jsonValue()),
    content_block: fc.oneof(fc.record({ type: block, text: fc.jsonValue() }), fc.jsonValue()),
    delta: fc.oneof(
      fc.record({ type: fc.constant("text_delta"), text: fc.jsonValue() }),
      fc.record({ type: fc.constant("input_json_delta"), partial_json: fc.jsonValue() }),
      fc.record({ type: fc.constant("thinking_delta"), thinking: fc.jsonValue() }),
      fc.record({ stop_reason: fc.constantFrom("end_turn", null, 7) }),
      fc.jsonValue(),
    ),
    usage: fc.jsonValue(),
  },
  { requiredKeys: ["type"] },
);

holdLaws(anthropicMessages, {
  requests: chatRequest
    .filter((chat) => !strictOnOld(chat) && !thinksWhenForced(chat))
    .map(withFewCaches),
  answers,
  inStream: (answer) => ({
    ...answer,
    ...(answer.usage && { usage: streamUsage(answer.usage) }),
  }),
  frames: fc.oneof(
    { weight: 4, arbitrary: anyEvent },
    fc.constant({ type: "message_start", message: { id: "m", model: "x" } }),
  ),
  members: [
    "messages",
    "system",
    "tools",
    "tool_choice",
    "thinking",
    "output_config",
    "metadata",
    "stop_sequences",
  ],
});

test("anthropic-messages: blocks that interleave leave one after another", () => {
  fc.assert(
    fc.property(answers, fc.infiniteStream(fc.nat({ max: 9 })), (answer, picks) => {
      const events = interleaved(expand(answer), () => picks.next().value ?? 0);
      expect(grammarViolation(events)).toBeUndefined();
      const apart = throughStream(anthropicMessages, expand(answer));
      expect(throughStream(anthropicMessages, events)).toEqual(apart);
    }),
  );
});

/** The same blocks, started in order, but said at once. */
function interleaved(events: readonly ChatEvent[], pick: () => number): ChatEvent[] {
  const blocks = new Map<number, ChatEvent[]>();
  const around: ChatEvent[] = [];
  for (const event of events) {
    if (!("index" in event)) around.push(event);
    else blocks.set(event.index, [...(blocks.get(event.index) ?? []), event]);
  }
  const queues = [...blocks.values()];
  const starts = queues.map((queue) => queue.shift()).filter((event) => event !== undefined);
  const mixed: ChatEvent[] = [];
  while (queues.some((queue) => queue.length > 0)) {
    const left = queues.filter((queue) => queue.length > 0);
    const next = left[pick() % left.length]?.shift();
    if (next) mixed.push(next);
  }
  const [head, ...tail] = around;
  return head ? [head, ...starts, ...mixed, ...tail] : [];
}
