import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../src/chat/json.ts";
import { anthropicMessages } from "../../src/formats/anthropic-messages/format.ts";
import { bedrockConverse } from "../../src/formats/bedrock-converse/format.ts";
import { cohereChat } from "../../src/formats/cohere-chat/format.ts";
import { geminiGenerate } from "../../src/formats/gemini-generate/format.ts";
import { huggingfaceGenerate } from "../../src/formats/huggingface-generate/format.ts";
import { ollamaChat } from "../../src/formats/ollama-chat/format.ts";
import { openaiChat } from "../../src/formats/openai-chat/format.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";

/** What of a vendor's answer becomes what of OpenAI's, member by member. */

const CONTEXT = { model: "asked", requestId: "5c1d", created: 1, includeUsage: true };

function got(format: WireFormat, answer: unknown): JsonObject {
  const wire = format.answerOf ? format.answerOf(answer) : answer;
  const response = format.decodeResponse(wire as JsonObject);
  return openaiChat.encodeResponse(response, CONTEXT) as JsonObject;
}

const anthropic = (reason: string, more: object = {}) => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude",
  content: [{ type: "text", text: "hi" }],
  stop_reason: reason,
  ...more,
});
const bedrock = (reason: string, content: object[] = [{ text: "a" }, { text: "b" }]) => ({
  output: { message: { role: "assistant", content } },
  stopReason: reason,
});
const gemini = (reason: string, parts: object[] = [{ text: "a" }, { text: "b" }]) => ({
  candidates: [{ content: { role: "model", parts }, finishReason: reason, index: 0 }],
});
const cohere = (reason: string) => ({
  id: "c",
  finish_reason: reason,
  message: {
    role: "assistant",
    content: [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ],
  },
});
const ollama = (reason: string, message: object = { role: "assistant", content: "a" }) => ({
  model: "l",
  created_at: "2024-01-01T00:00:00Z",
  message,
  done: true,
  done_reason: reason,
});
const generated = (reason: string) => [{ generated_text: "a", details: { finish_reason: reason } }];

const TOOL_USE = { type: "tool_use", id: "1", name: "f", input: {} };

const CALL = { toolUse: { toolUseId: "1", name: "f" } };
const words = (of: (word: string) => unknown, reason: string, ...all: string[]) =>
  all.map((word) => [word, of(word), reason] as const);

describe.each<
  [name: string, WireFormat, (readonly [word: string, answer: unknown, reason: string])[]]
>([
  [
    "Anthropic",
    anthropicMessages,
    [
      ...words(anthropic, "stop", "end_turn", "stop_sequence", "pause_turn"),
      ...words(anthropic, "length", "max_tokens", "model_context_window_exceeded"),
      ["tool_use", anthropic("tool_use", { content: [TOOL_USE] }), "tool_calls"],
      ...words(anthropic, "content_filter", "refusal"),
    ],
  ],
  [
    "Bedrock",
    bedrockConverse,
    [
      ...words(bedrock, "stop", "end_turn", "stop_sequence", "a new word"),
      ...words(bedrock, "length", "max_tokens"),
      ["tool_use", bedrock("tool_use", [CALL]), "tool_calls"],
      ...words(bedrock, "content_filter", "guardrail_intervened", "content_filtered"),
    ],
  ],
  [
    "Gemini",
    geminiGenerate,
    [
      ...words(gemini, "stop", "STOP", "A_NEW_WORD"),
      [
        "STOP with a call",
        gemini("STOP", [{ functionCall: { name: "f", args: {} } }]),
        "tool_calls",
      ],
      ...words(gemini, "length", "MAX_TOKENS"),
      ...words(gemini, "content_filter", "SAFETY", "RECITATION", "BLOCKLIST"),
      ...words(gemini, "content_filter", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"),
      ["a blocked prompt", { promptFeedback: { blockReason: "SAFETY" } }, "content_filter"],
    ],
  ],
  [
    "Cohere",
    cohereChat,
    [
      ...words(cohere, "stop", "COMPLETE", "STOP_SEQUENCE"),
      ...words(cohere, "length", "MAX_TOKENS"),
      ...words(cohere, "tool_calls", "TOOL_CALL"),
      ...words(cohere, "content_filter", "ERROR", "ERROR_TOXIC"),
    ],
  ],
  [
    "Ollama",
    ollamaChat,
    [
      ...words(ollama, "stop", "stop"),
      ...words(ollama, "length", "length"),
      [
        "stop with a call",
        ollama("stop", { tool_calls: [{ function: { name: "f", arguments: {} } }] }),
        "tool_calls",
      ],
    ],
  ],
  [
    "Hugging Face",
    huggingfaceGenerate,
    [
      ...words(generated, "stop", "eos_token", "stop_sequence"),
      ...words(generated, "length", "length"),
    ],
  ],
])("6.1 finish reasons of %s", (_, format, table) => {
  test.each(table)("%s", (_, answer, reason) => {
    expect(got(format, answer)).toMatchObject({ choices: [{ finish_reason: reason }] });
  });
});

describe("6.3–6.6 content and usage", () => {
  const usageOf = (format: WireFormat, answer: unknown) => got(format, answer)["usage"];

  test.each<[string, WireFormat, unknown, string | null]>([
    [
      "Anthropic's texts join with nothing between",
      anthropicMessages,
      anthropic("end_turn", {
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      }),
      "ab",
    ],
    [
      "calls alone are no text",
      anthropicMessages,
      anthropic("tool_use", { content: [TOOL_USE] }),
      null,
    ],
    ["Bedrock's texts likewise", bedrockConverse, bedrock("end_turn"), "ab"],
    ["and no content is an empty answer", bedrockConverse, bedrock("end_turn", []), ""],
    ["Gemini's texts likewise", geminiGenerate, gemini("STOP"), "ab"],
    ["Cohere's texts likewise", cohereChat, cohere("COMPLETE"), "ab"],
  ])("%s", (_, format, answer, content) => {
    expect(got(format, answer)).toMatchObject({ choices: [{ message: { content } }] });
  });

  test("an input that is not there is an empty object", () => {
    const answer = bedrock("tool_use", [{ toolUse: { toolUseId: "1", name: "f" } }]);
    const calls = [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }];
    expect(got(bedrockConverse, answer)).toMatchObject({
      choices: [{ message: { tool_calls: calls } }],
    });
  });

  test("Anthropic's prompt counts what was cached, and its iterations add up", () => {
    const usage = {
      input_tokens: 1,
      output_tokens: 2,
      cache_creation_input_tokens: 3,
      cache_read_input_tokens: 4,
    };
    expect(usageOf(anthropicMessages, anthropic("end_turn", { usage }))).toMatchObject({
      prompt_tokens: 8,
      completion_tokens: 2,
      total_tokens: 10,
      prompt_tokens_details: { cached_tokens: 4 },
    });
    const iterations = [
      { input_tokens: 5, output_tokens: 6 },
      { input_tokens: 7, output_tokens: 8 },
    ];
    const summed = anthropic("end_turn", { usage: { ...usage, iterations } });
    expect(usageOf(anthropicMessages, summed)).toMatchObject({
      prompt_tokens: 12,
      completion_tokens: 14,
    });
    expect(usageOf(anthropicMessages, anthropic("end_turn"))).toBeUndefined();
  });

  test("Gemini's completion counts its thoughts, its prompt the tools'", () => {
    const usageMetadata = {
      promptTokenCount: 10,
      candidatesTokenCount: 5,
      thoughtsTokenCount: 3,
      toolUsePromptTokenCount: 2,
      cachedContentTokenCount: 4,
      totalTokenCount: 20,
    };
    expect(usageOf(geminiGenerate, { ...gemini("STOP"), usageMetadata })).toEqual({
      prompt_tokens: 12,
      completion_tokens: 8,
      total_tokens: 20,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 3 },
    });
  });

  test("Cohere's usage is what it bills, and what it counted stands beside", () => {
    const tokens = { input_tokens: 9, output_tokens: 9 };
    const usage = { billed_units: { input_tokens: 1, output_tokens: 2 }, tokens };
    expect(usageOf(cohereChat, { ...cohere("COMPLETE"), usage })).toEqual({
      prompt_tokens: 1,
      completion_tokens: 2,
      total_tokens: 3,
      native: { tokens },
    });
  });
});
