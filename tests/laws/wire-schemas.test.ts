import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { z } from "zod";
import { expand } from "../../src/chat/expand.ts";
import { openaiChat } from "../../src/formats/openai/chat/format.ts";
import { chatRequestSchema } from "../../src/formats/openai/chat/request-wire-schema.ts";
import type {
  WireAnswerMessage,
  WireChoice,
  WireToolCall,
} from "../../src/formats/openai/chat/wire.ts";
import {
  answerMessageSchema,
  chatCompletionSchema,
  chatStreamEventSchema,
  choiceSchema,
  toolCallSchema,
} from "../../src/formats/openai/chat/wire-schema.ts";
import { openaiCompletions } from "../../src/formats/openai/completions/format.ts";
import {
  completionRequestSchema,
  completionSchema,
  completionStreamEventSchema,
} from "../../src/formats/openai/completions/wire-schema.ts";
import { eventsOf } from "../gateway.ts";
import { chatRequest, chatResponse, flatContent, record, someText } from "./arbitraries.ts";
import { CONTEXT, encodeStream, textOf } from "./format-laws.ts";

/** The description of a wire and the code that reads and writes it say the same. */
const RUNS = { seed: 20_260_101, numRuns: 60 } as const;

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function expectFits(schema: z.ZodType, value: unknown): void {
  expect(schema.safeParse(throughJson(value)).error?.issues ?? []).toEqual([]);
}

const CHOICE = {
  index: true,
  message: true,
  logprobs: true,
  finish_reason: true,
  native_finish_reason: true,
} as const satisfies Record<keyof WireChoice, true>;

const MESSAGE = {
  role: true,
  content: true,
  refusal: true,
  reasoning_content: true,
  reasoning_details: true,
  tool_calls: true,
  function_call: true,
  annotations: true,
  extra_content: true,
} as const satisfies Record<keyof WireAnswerMessage, true>;

const TOOL_CALL = {
  id: true,
  type: true,
  function: true,
  custom: true,
  extra_content: true,
} as const satisfies Record<keyof WireToolCall, true>;

describe("chat", () => {
  test("the members are those of the code's own types", () => {
    const members = (schema: z.ZodObject) => Object.keys(schema.shape).sort();
    expect(members(choiceSchema)).toEqual(Object.keys(CHOICE).sort());
    expect(members(answerMessageSchema)).toEqual(Object.keys(MESSAGE).sort());
    expect(members(toolCallSchema)).toEqual(Object.keys(TOOL_CALL).sort());
  });

  test("every request that is written is described", () => {
    fc.assert(
      fc.property(chatRequest, (chat) => {
        expectFits(chatRequestSchema, openaiChat.encodeRequest(chat).wire);
      }),
      RUNS,
    );
  });

  test("every answer and stream that is written is described", () => {
    fc.assert(
      fc.property(chatResponse(flatContent), (answer) => {
        expectFits(chatCompletionSchema, openaiChat.encodeResponse(answer, CONTEXT));
        const stream = textOf(encodeStream(openaiChat, expand(answer)));
        for (const data of eventsOf(stream)) {
          expectFits(chatStreamEventSchema, data === "[DONE]" ? data : JSON.parse(data));
        }
      }),
      RUNS,
    );
  });
});

/** Values that are often right, so that both verdicts are met. */
const plausible = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom<unknown>(
    "auto",
    ["a"],
    { type: "function", function: { name: "f" } },
    [{ type: "function", function: { name: "f" } }],
    { type: "json_object" },
    { include_usage: true },
    [{ role: "user", content: "Hi" }],
    [{ role: "assistant", tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }] }],
    [{ role: "user", content: [{ type: "image_url", image_url: "http://a.b" }] }],
  ),
);
const member = fc.constantFrom(
  ...["messages", "tools", "tool_choice", "stop", "n", "seed", "response_format", "temperature"],
  ...["stream", "stream_options", "logprobs", "top_logprobs", "max_tokens", "user", "model"],
  ...["parallel_tool_calls", "reasoning_effort", "service_tier", "top_k"],
);

test("a request that is described is read", () => {
  fc.assert(
    fc.property(member, plausible, (key, value) => {
      const wire = JSON.parse(JSON.stringify({ messages: [], [key]: value }));
      if (!chatRequestSchema.safeParse(wire).success) return;
      expect(() => openaiChat.decodeRequest(wire)).not.toThrow();
    }),
    { ...RUNS, numRuns: 2000 },
  );
});

test("a member of the wrong type is neither described nor read", () => {
  fc.assert(
    fc.property(member, (key) => {
      // No member of a request is a list of lists of numbers.
      const wire = { messages: [], logprobs: true, [key]: [[1]] };
      expect(chatRequestSchema.safeParse(wire).success).toBe(false);
      expect(() => openaiChat.decodeRequest(wire)).toThrow();
    }),
    RUNS,
  );
});

const prose = record({ type: fc.constant("text" as const), text: someText }).map((part) => [part]);

test("every completion that is written is described", () => {
  fc.assert(
    fc.property(chatResponse(prose), (answer) => {
      expectFits(completionSchema, openaiCompletions.encodeResponse(answer, CONTEXT));
      const stream = textOf(encodeStream(openaiCompletions, expand(answer)));
      for (const data of eventsOf(stream)) {
        expectFits(completionStreamEventSchema, data === "[DONE]" ? data : JSON.parse(data));
      }
    }),
    RUNS,
  );
  const { wire } = openaiCompletions.encodeRequest({
    kind: "completion",
    model: "m",
    messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
    stream: true,
    includeUsage: true,
  });
  expectFits(completionRequestSchema, wire);
});
