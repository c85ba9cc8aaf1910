import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/chat/json.ts";
import { anthropicMessages } from "../../../src/formats/anthropic/messages/format.ts";
import { bedrockConverse } from "../../../src/formats/bedrock/format.ts";
import { cohereChat } from "../../../src/formats/cohere/chat/format.ts";
import { cohereChatV1 } from "../../../src/formats/cohere/chat-v1/format.ts";
import { cohereGenerate } from "../../../src/formats/cohere/generate/format.ts";
import { geminiGenerate } from "../../../src/formats/gemini/format.ts";
import { ollamaChat } from "../../../src/formats/ollama/chat/format.ts";
import { openaiChat } from "../../../src/formats/openai/chat/format.ts";
import { openaiCompletions } from "../../../src/formats/openai/completions/format.ts";
import { huggingfaceGenerate } from "../../../src/formats/tgi/huggingface/format.ts";
import { llama2Raw } from "../../../src/formats/tgi/llama2/format.ts";
import type { WireFormat } from "../../../src/formats/wire-format.ts";

/** What of a vendor's answer becomes what of OpenAI's, member by member. */

const CONTEXT = { model: "asked", requestId: "5c1d", created: 1, includeUsage: true };

function got(format: WireFormat, answer: unknown, client: WireFormat = openaiChat): JsonObject {
  const wire = format.answerOf ? format.answerOf(answer) : answer;
  const response = format.decodeResponse(wire as JsonObject);
  return client.encodeResponse(response, CONTEXT);
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

describe("6.1 every member that a strict client reads", () => {
  const SAID = { index: 0, message: { role: "assistant", refusal: null }, logprobs: null };

  test.each<[string, WireFormat, unknown, object]>([
    ["Anthropic", anthropicMessages, anthropic("end_turn"), { id: "msg_1", model: "claude" }],
    ["Bedrock", bedrockConverse, bedrock("end_turn"), { id: "chatcmpl-5c1d", model: "asked" }],
    ["Gemini", geminiGenerate, gemini("STOP"), { id: "chatcmpl-5c1d", model: "asked" }],
    ["Cohere", cohereChat, cohere("COMPLETE"), { id: "c", model: "asked" }],
    [
      "Ollama",
      ollamaChat,
      ollama("stop"),
      { id: "chatcmpl-5c1d", model: "l", created: 1_704_067_200 },
    ],
    [
      "Llama 2",
      llama2Raw,
      { data: [{ generated_text: "a" }] },
      { id: "chatcmpl-5c1d", model: "asked" },
    ],
  ])("of %s, told by it or filled in", (_, format, answer, head) => {
    expect(got(format, answer)).toMatchObject({
      object: "chat.completion",
      created: 1,
      choices: [{ ...SAID, finish_reason: "stop" }],
      ...head,
    });
  });

  test("of a completion", () => {
    const head = { id: "cmpl-5c1d", object: "text_completion", created: 1, model: "asked" };
    const choice = { index: 0, text: "a", logprobs: null, finish_reason: "stop" };
    const answer = [{ generated_text: "a" }];
    expect(got(huggingfaceGenerate, answer, openaiCompletions)).toEqual({
      ...head,
      choices: [choice],
    });
  });
});

describe("6.3–6.7 thoughts, calls and what else an answer holds", () => {
  const call = (id: string, name: string, args: string) => ({
    id,
    type: "function",
    function: { name, arguments: args },
  });
  const messageOf = (format: WireFormat, answer: unknown) => {
    const { choices } = got(format, answer) as unknown as { choices: { message: object }[] };
    return choices[0]?.message;
  };

  test("Anthropic's thinking keeps its signature for the way back, an empty input is {}", () => {
    const thinking = { type: "thinking", thinking: "hm", signature: "sig" };
    const text = { type: "text", text: "a" };
    const answer = anthropic("tool_use", { content: [thinking, text, TOOL_USE] });
    expect(messageOf(anthropicMessages, answer)).toMatchObject({
      content: "a",
      reasoning_content: "hm",
      reasoning_details: [{ text: "hm", signature: "sig" }],
      tool_calls: [call("1", "f", "{}")],
    });
  });

  test("Bedrock's calls are all there, and its trace", () => {
    const thought = { reasoningContent: { reasoningText: { text: "hm" } } };
    const g = { toolUse: { toolUseId: "2", name: "g", input: { a: 1 } } };
    const answer = { ...bedrock("tool_use", [thought, { text: "a" }, CALL, g]), trace: { x: 1 } };
    expect(messageOf(bedrockConverse, answer)).toMatchObject({
      content: "a",
      reasoning_content: "hm",
      tool_calls: [call("1", "f", "{}"), call("2", "g", '{"a":1}')],
    });
    expect(got(bedrockConverse, answer)["trace"]).toEqual({ x: 1 });
  });

  test("a guardrail's word stands beside the reason", () => {
    expect(got(bedrockConverse, bedrock("guardrail_intervened"))).toMatchObject({
      choices: [{ finish_reason: "content_filter", native_finish_reason: "guardrail_intervened" }],
    });
  });

  test("Gemini's candidates are all there, its calls have ids, its blocks no content", () => {
    const parts = [{ text: "hm", thought: true }, { text: "a" }, { functionCall: { name: "f" } }];
    const [first] = gemini("STOP", parts).candidates;
    const [second] = gemini("MAX_TOKENS", [{ text: "b" }]).candidates;
    const candidates = [first, { ...second, index: 1 }];
    expect(got(geminiGenerate, { responseId: "r", candidates })).toMatchObject({
      id: "r",
      choices: [
        {
          message: {
            content: "a",
            reasoning_content: "hm",
            tool_calls: [call("call_0_r", "f", "{}")],
          },
        },
        { index: 1, message: { content: "b" }, finish_reason: "length" },
      ],
    });
    const blocked = { candidates: [{ index: 0, finishReason: "SAFETY" }] };
    expect(messageOf(geminiGenerate, blocked)).toMatchObject({ content: null });
  });

  test("Cohere's plan is the content, in each API's shape", () => {
    const tool_calls = [call("1", "f", "{}")];
    const message = { role: "assistant", tool_plan: "plan", tool_calls };
    expect(messageOf(cohereChat, { ...cohere("TOOL_CALL"), message })).toMatchObject({
      content: "plan",
      tool_calls,
    });
    const meta = { billed_units: { input_tokens: 1, output_tokens: 2 } };
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const first = { generation_id: "g", text: "a", finish_reason: "COMPLETE", meta };
    expect(got(cohereChatV1, first)).toMatchObject({
      id: "g",
      choices: [{ message: { content: "a" } }],
      usage,
    });
    const generations = [{ text: "a" }, { text: "b" }];
    expect(got(cohereGenerate, { id: "i", generations, meta }, openaiCompletions)).toMatchObject({
      id: "i",
      object: "text_completion",
      choices: [
        { text: "a", finish_reason: "stop" },
        { index: 1, text: "b" },
      ],
      usage,
    });
    const one = {
      text: "a",
      generation_id: "g",
      token_count: { prompt_tokens: 3, response_tokens: 2 },
    };
    expect(got(cohereGenerate, one, openaiCompletions)).toMatchObject({
      id: "g",
      choices: [{ index: 0, text: "a" }],
      usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    });
  });

  test("Ollama's arguments are a text, its calls have ids, its counts are 0 where absent", () => {
    const tool_calls = [{ function: { name: "f", arguments: { a: 1 } } }];
    const answer = { ...ollama("stop", { content: "", tool_calls }), prompt_eval_count: 3 };
    expect(messageOf(ollamaChat, answer)).toMatchObject({
      content: null,
      tool_calls: [call(expect.any(String), "f", '{"a":1}')],
    });
    expect(got(ollamaChat, answer)["usage"]).toEqual({
      prompt_tokens: 3,
      completion_tokens: 0,
      total_tokens: 3,
    });
  });
});
