import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/chat/json.ts";
import { anthropicMessages } from "../../../src/formats/anthropic/messages/format.ts";
import { bedrockConverse } from "../../../src/formats/bedrock/format.ts";
import { cohereChat } from "../../../src/formats/cohere/chat/format.ts";
import { cohereChatV1 } from "../../../src/formats/cohere/chat-v1/format.ts";
import { geminiGenerate } from "../../../src/formats/gemini/format.ts";
import { ollamaChat } from "../../../src/formats/ollama/chat/format.ts";
import { openaiChat } from "../../../src/formats/openai/chat/format.ts";

/** One request in OpenAI's dialect, and what of it stands in each of the others. */

const DIALECTS = {
  "6.3 Anthropic": [anthropicMessages, "claude-sonnet-4-5"],
  "6.4 Bedrock": [bedrockConverse, "anthropic.claude-3-7-sonnet-20250219-v1:0"],
  "6.5 Gemini": [geminiGenerate, "gemini-2.0-flash"],
  "6.6 Cohere": [cohereChat, "command-r"],
  "6.6 Cohere v1": [cohereChatV1, "command-r"],
  "6.7 Ollama": [ollamaChat, "llama3"],
} as const;
type Dialect = keyof typeof DIALECTS;

/** What is in the request, or the words in which it is refused. */
type Sent = Partial<Record<Dialect, object | string>>;

const HI = { role: "user", content: "hi" };
const asked = (...content: object[]) => ({ messages: [{ role: "user", content }] });
const text = (word: string) => ({ type: "text", text: word });
const CALL = { id: "1", type: "function", function: { name: "f", arguments: "" } };
const calling = { role: "assistant", tool_calls: [CALL] };
const result = (content: unknown) => ({ role: "tool", tool_call_id: "1", content });
const SCHEMA = {
  type: "object",
  properties: { a: { type: "string" } },
  required: ["a"],
  additionalProperties: false,
};
const F = { name: "f", parameters: SCHEMA };

const TABLE: Readonly<Record<string, readonly [wire: object, sent: Sent]>> = {
  "a system prompt in parts, and a developer's": [
    {
      messages: [
        { role: "system", content: [text("a"), text("b")] },
        { role: "developer", content: "c" },
        HI,
      ],
    },
    {
      "6.3 Anthropic": { system: [text("a"), text("b"), text("c")] },
      "6.4 Bedrock": { system: [{ text: "a" }, { text: "b" }, { text: "c" }] },
      "6.5 Gemini": { systemInstruction: { parts: [{ text: "a\n\nb\n\nc" }] } },
      "6.6 Cohere": { messages: [{ role: "system" }, { role: "system", content: "c" }, HI] },
      "6.6 Cohere v1": { preamble: "a\nb", chat_history: [{ role: "SYSTEM", message: "c" }] },
      "6.7 Ollama": { messages: [{ content: "a\nb" }, { role: "system", content: "c" }, HI] },
    },
  ],
  "a call to begin with, and its result, a list": [
    { messages: [calling, result("[1,2]")] },
    {
      "6.3 Anthropic": {
        messages: [
          { role: "user", content: "Hello." },
          { role: "assistant", content: [{ type: "tool_use", id: "1", name: "f", input: {} }] },
          { role: "user", content: [{ tool_use_id: "1", content: "[1,2]" }] },
        ],
      },
      "6.4 Bedrock": {
        messages: [
          { role: "user", content: [{ text: "Hello." }] },
          { role: "assistant", content: [{ toolUse: { toolUseId: "1", name: "f", input: {} } }] },
          { role: "user", content: [{ toolResult: { content: [{ text: "[1,2]" }] } }] },
        ],
      },
      "6.5 Gemini": {
        contents: [
          { role: "user", parts: [{ text: "Hello." }] },
          { role: "model", parts: [{ functionCall: { id: "1", name: "f", args: {} } }] },
          { parts: [{ functionResponse: { name: "f", response: { result: [1, 2] } } }] },
        ],
      },
      "6.6 Cohere": { messages: [{ role: "assistant" }, result("[1,2]")] },
      "6.7 Ollama": { messages: [{ role: "assistant" }, { tool_name: "f", content: "[1,2]" }] },
    },
  ],
  "a result to begin with": [
    { messages: [result("r"), HI] },
    {
      "6.3 Anthropic": { messages: [{ content: [{ type: "tool_result" }, text("hi")] }] },
      "6.4 Bedrock": { messages: [{ content: [{ toolResult: {} }, { text: "hi" }] }] },
      "6.5 Gemini": { contents: [{ parts: [{ functionResponse: {} }, { text: "hi" }] }] },
      "6.6 Cohere": { messages: [result("r"), HI] },
      "6.7 Ollama": { messages: [{ role: "tool", content: "r" }, HI] },
    },
  ],
  "a result in parts": [
    { messages: [HI, calling, result([text("p"), text("q")])] },
    {
      "6.3 Anthropic": { messages: [HI, {}, { content: [{ content: [text("p"), text("q")] }] }] },
      "6.4 Bedrock": {
        messages: [
          {},
          {},
          { content: [{ toolResult: { content: [{ text: "p" }, { text: "q" }] } }] },
        ],
      },
      "6.5 Gemini": {
        contents: [{}, {}, { parts: [{ functionResponse: { response: { result: "p\nq" } } }] }],
      },
      "6.7 Ollama": { messages: [HI, {}, { content: "p\nq" }] },
    },
  ],
  "neighbours of one role": [
    {
      messages: [
        HI,
        HI,
        { role: "assistant", content: "a" },
        { role: "assistant", content: "b" },
        HI,
      ],
    },
    {
      "6.3 Anthropic": { messages: [{ content: [{}, {}] }, { content: [{}, {}] }, HI] },
      "6.4 Bedrock": { messages: [{ content: [{}, {}] }, { content: [{}, {}] }, {}] },
      "6.5 Gemini": { contents: [{ parts: [{}, {}] }, { parts: [{}, {}] }, {}] },
    },
  ],
  "a recording": [
    asked({ type: "input_audio", input_audio: { data: "AAAA", format: "wav" } }),
    {
      "6.3 Anthropic": "messages[0].content[0] cannot be sent to Anthropic",
      "6.5 Gemini": {
        contents: [{ parts: [{ inlineData: { mimeType: "audio/wav", data: "AAAA" } }] }],
      },
    },
  ],
  "a document": [
    asked(text("x"), {
      type: "file",
      file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AAAA" },
    }),
    {
      "6.3 Anthropic": { messages: [{ content: [{}, { type: "document", title: "a.pdf" }] }] },
      "6.4 Bedrock": {
        messages: [{ content: [{}, { document: { format: "pdf", source: { bytes: "AAAA" } } }] }],
      },
      "6.5 Gemini": {
        contents: [{ parts: [{}, { inlineData: { mimeType: "application/pdf" } }] }],
      },
    },
  ],
  "an image by URL": [
    asked({ type: "image_url", image_url: { url: "https://x.test/y.png" } }),
    {
      "6.4 Bedrock": "messages[0].content[0] names a file by URL",
      "6.5 Gemini": {
        contents: [
          { parts: [{ fileData: { fileUri: "https://x.test/y.png", mimeType: "image/png" } }] },
        ],
      },
      "6.6 Cohere": { messages: [{ content: [{ image_url: { url: "https://x.test/y.png" } }] }] },
    },
  ],
  "an image as data": [
    asked(text("x"), { type: "image_url", image_url: { url: "data:image/png;base64,AAAA" } }),
    {
      "6.4 Bedrock": {
        messages: [{ content: [{}, { image: { format: "png", source: { bytes: "AAAA" } } }] }],
      },
    },
  ],
  "JSON in a schema": [
    {
      response_format: { type: "json_schema", json_schema: { name: "p", schema: SCHEMA } },
    },
    {
      "6.3 Anthropic": { output_config: { format: { type: "json_schema", schema: SCHEMA } } },
      "6.4 Bedrock": {
        toolConfig: {
          tools: [{ toolSpec: { name: "json_output", inputSchema: { json: SCHEMA } } }],
          toolChoice: { tool: { name: "json_output" } },
        },
      },
      "6.5 Gemini": {
        generationConfig: {
          responseMimeType: "application/json",
          responseSchema: { type: "object", required: ["a"] },
        },
      },
      "6.6 Cohere": { response_format: { type: "json_object", json_schema: SCHEMA } },
      "6.7 Ollama": { format: SCHEMA },
    },
  ],
  "JSON of any kind": [
    { response_format: { type: "json_object" } },
    {
      "6.3 Anthropic": { tool_choice: { type: "tool", name: "json_output" } },
      "6.4 Bedrock": { toolConfig: { toolChoice: { tool: { name: "json_output" } } } },
      "6.5 Gemini": { generationConfig: { responseMimeType: "application/json" } },
      "6.7 Ollama": { format: "json" },
    },
  ],
  effort: [
    { reasoning_effort: "medium" },
    {
      "6.4 Bedrock": {
        additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 8192 } },
      },
      "6.5 Gemini": {
        generationConfig: { thinkingConfig: { thinkingBudget: 8192, includeThoughts: true } },
      },
      "6.6 Cohere": { thinking: { type: "enabled", token_budget: 8192 } },
      "6.7 Ollama": { think: "medium" },
    },
  ],
  "one function to call": [
    {
      tools: [{ type: "function", function: { ...F, strict: true } }],
      tool_choice: { type: "function", function: { name: "f" } },
    },
    {
      "6.5 Gemini": {
        toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] } },
      },
      "6.6 Cohere": { tool_choice: "REQUIRED" },
    },
  ],
  "the penalties, the seed and log probabilities": [
    { seed: 1, frequency_penalty: 0.5, presence_penalty: 0.25, logprobs: true },
    {
      "6.5 Gemini": {
        generationConfig: {
          seed: 1,
          frequencyPenalty: 0.5,
          presencePenalty: 0.25,
          responseLogprobs: true,
        },
      },
      "6.6 Cohere": { seed: 1, frequency_penalty: 0.5, presence_penalty: 0.25 },
      "6.6 Cohere v1": { seed: 1, frequency_penalty: 0.5, presence_penalty: 0.25 },
      "6.7 Ollama": { options: { seed: 1, frequency_penalty: 0.5, presence_penalty: 0.25 } },
    },
  ],
};

function encoded(dialect: Dialect, wire: object) {
  const [format, model] = DIALECTS[dialect];
  const request = openaiChat.decodeRequest({ model, messages: [HI], ...wire } as JsonObject);
  return format.encodeRequest({ ...request, model, stream: false });
}

for (const dialect of Object.keys(DIALECTS) as Dialect[]) {
  const rows = Object.entries(TABLE).filter(([, [, sent]]) => sent[dialect] !== undefined);
  test.each(rows)(`${dialect}: %s`, (_, [wire, { [dialect]: expected }]) => {
    if (typeof expected === "string") expect(() => encoded(dialect, wire)).toThrow(expected);
    else expect(encoded(dialect, wire).wire).toMatchObject(expected ?? {});
  });
}

describe("what a dialect has no word for stays behind, and that is told", () => {
  test.each<[Dialect, JsonObject, string[]]>([
    [
      "6.3 Anthropic",
      { model: "claude-sonnet-4-5", messages: [HI], max_tokens: 4096, stream: false },
      ["seed", "presence_penalty", "frequency_penalty", "logprobs"],
    ],
    [
      "6.4 Bedrock",
      { messages: [{ role: "user", content: [{ text: "hi" }] }] },
      ["seed", "presence_penalty", "frequency_penalty", "logprobs"],
    ],
  ])("%s: penalties, seed, log probabilities", (dialect, wire, fields) => {
    const { wire: sent, notices } = encoded(
      dialect,
      TABLE["the penalties, the seed and log probabilities"]?.[0] ?? {},
    );
    expect(sent).toEqual(wire);
    expect(notices.map(({ field }) => field)).toEqual(fields);
  });

  test("6.7 Ollama: a choice among tools, and their strictness", () => {
    const tools = [{ type: "function", function: { ...F, strict: true } }];
    const wire = { tools, tool_choice: "required" };
    const { wire: sent, notices } = encoded("6.7 Ollama", wire);
    expect(sent).not.toHaveProperty("tool_choice");
    expect(sent["tools"]).toEqual([{ type: "function", function: F }]);
    const told = notices.map(({ field }) => field);
    expect(told).toEqual(["tool_choice", "tools[0].function.strict"]);
  });
});
