import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/chat/json.ts";
import { anthropicMessages } from "../../../src/formats/anthropic/messages/format.ts";
import { bedrockConverse } from "../../../src/formats/bedrock/format.ts";
import { cohereChat } from "../../../src/formats/cohere/chat/format.ts";
import { geminiGenerate } from "../../../src/formats/gemini/format.ts";
import { ollamaChat } from "../../../src/formats/ollama/chat/format.ts";
import { openaiChat } from "../../../src/formats/openai/chat/format.ts";
import type { WireFormat } from "../../../src/formats/wire-format.ts";

/** What of OpenAI's request becomes what of another's, member by member. */

const HI = { role: "user", content: "hi" };
const FUNCTION = { name: "f", description: "d", parameters: { type: "object", properties: {} } };
const TOOL = { type: "function", function: FUNCTION };
const F = { type: "function", function: { name: "f" } };
const PNG = "data:image/png;base64,AAAA";
const calls = (...ids: string[]) =>
  ids.map((id) => ({ id, type: "function", function: { name: "f", arguments: '{"a":1}' } }));
const imageAt = (url: string) => ({ type: "image_url", image_url: { url } });
const asked = (...content: object[]) => ({ messages: [{ role: "user", content }] });

function sent(format: WireFormat, model: string, wire: object): JsonObject {
  const request = openaiChat.decodeRequest({ model, messages: [HI], ...wire } as JsonObject);
  return format.encodeRequest({ ...request, model, stream: false }).wire;
}

type Row = readonly [name: string, asked: object, sent: object];

function rows(format: WireFormat, model: string, table: readonly Row[]): void {
  test.each(table)("%s", (_, wire, expected) => {
    expect(sent(format, model, wire)).toMatchObject(expected);
  });
}

function refusals(
  format: WireFormat,
  model: string,
  table: readonly (readonly [name: string, asked: object, words: string])[],
): void {
  test.each(table)("400 for %s", (_, wire, words) => {
    expect(() => sent(format, model, wire)).toThrow(words);
  });
}

describe("6.3 Anthropic", () => {
  const claude = "claude-sonnet-4-5";
  rows(anthropicMessages, claude, [
    [
      "all of the system's words, in order",
      { messages: [{ role: "system", content: "a" }, { role: "developer", content: "b" }, HI] },
      { system: [{ text: "a" }, { text: "b" }], messages: [HI] },
    ],
    [
      "images as data and by URL",
      asked(imageAt(PNG), imageAt("https://x.test/y.png")),
      {
        messages: [
          {
            content: [
              { source: { type: "base64", media_type: "image/png", data: "AAAA" } },
              { source: { type: "url", url: "https://x.test/y.png" } },
            ],
          },
        ],
      },
    ],
    [
      "a PDF as a document",
      asked({ type: "file", file: { file_data: "data:application/pdf;base64,AAAA" } }),
      { messages: [{ content: [{ type: "document", source: { type: "base64" } }] }] },
    ],
    [
      "text before calls, results in one turn before text",
      {
        tools: [TOOL],
        messages: [
          HI,
          { role: "assistant", content: "t", tool_calls: calls("1", "2") },
          { role: "tool", tool_call_id: "1", content: "r" },
          { role: "tool", tool_call_id: "2", content: "s" },
          { role: "user", content: "go" },
        ],
      },
      {
        messages: [
          HI,
          { content: [{ text: "t" }, { id: "1", name: "f", input: { a: 1 } }, { id: "2" }] },
          { content: [{ tool_use_id: "1" }, { tool_use_id: "2" }, { text: "go" }] },
        ],
      },
    ],
    ["neighbours of one role", { messages: [HI, HI] }, { messages: [{ content: [{}, {}] }] }],
    [
      "a function without a schema",
      { tools: [F] },
      { tools: [{ name: "f", input_schema: { type: "object", properties: {} } }] },
    ],
    ["tool_choice auto", { tools: [TOOL], tool_choice: "auto" }, { tool_choice: { type: "auto" } }],
    ["tool_choice none", { tools: [TOOL], tool_choice: "none" }, { tool_choice: { type: "none" } }],
    [
      "tool_choice required",
      { tools: [TOOL], tool_choice: "required" },
      { tool_choice: { type: "any" } },
    ],
    [
      "tool_choice of a function",
      { tools: [TOOL], tool_choice: F },
      { tool_choice: { type: "tool", name: "f" } },
    ],
    [
      "parallel_tool_calls false",
      { tools: [TOOL], parallel_tool_calls: false },
      { tool_choice: { type: "auto", disable_parallel_tool_use: true } },
    ],
    ["a default cap", {}, { max_tokens: 4096 }],
    [
      "temperature up to 1, top_k, stop and user",
      { temperature: 1.7, top_k: 3, stop: "x", user: "u" },
      { temperature: 1, top_k: 3, stop_sequences: ["x"], metadata: { user_id: "u" } },
    ],
    ["effort none", { reasoning_effort: "none" }, { thinking: { type: "disabled" } }],
    ["effort minimal", { reasoning_effort: "minimal" }, { thinking: { budget_tokens: 1024 } }],
    ["effort low", { reasoning_effort: "low" }, { thinking: { budget_tokens: 1024 } }],
    ["effort medium", { reasoning_effort: "medium" }, { thinking: { budget_tokens: 8192 } }],
    ["effort high", { reasoning_effort: "high" }, { thinking: { budget_tokens: 24_576 } }],
  ]);
  refusals(anthropicMessages, claude, [
    ["audio", asked({ type: "input_audio", input_audio: { data: "AA", format: "wav" } }), "[0]"],
    ["two answers", { n: 2 }, "n must be 1"],
    ["another tool_choice", { tools: [TOOL], tool_choice: { type: "odd" } }, "tool_choice.type"],
    [
      "arguments that are no JSON",
      {
        messages: [
          {
            role: "assistant",
            tool_calls: [{ ...F, id: "1", function: { name: "f", arguments: "{" } }],
          },
        ],
      },
      "arguments must be JSON",
    ],
  ]);
});

describe("6.4 Bedrock", () => {
  const claude = "anthropic.claude-3-sonnet-20240229-v1:0";
  rows(bedrockConverse, claude, [
    [
      "an empty turn, and what stood on either side",
      { messages: [HI, { role: "assistant", content: "" }, { role: "user", content: "b" }] },
      { messages: [{ role: "user", content: [{ text: "hi" }, { text: "b" }] }] },
    ],
    [
      "all calls after the text, results as JSON or text in one turn",
      {
        tools: [TOOL],
        messages: [
          HI,
          { role: "assistant", content: "t", tool_calls: calls("1", "2") },
          { role: "tool", tool_call_id: "1", content: '{"a":1}' },
          { role: "tool", tool_call_id: "2", content: "plain" },
        ],
      },
      {
        messages: [
          {},
          { content: [{ text: "t" }, { toolUse: { toolUseId: "1", input: { a: 1 } } }, {}] },
          {
            content: [
              { toolResult: { toolUseId: "1", content: [{ json: { a: 1 } }] } },
              { toolResult: { toolUseId: "2", content: [{ text: "plain" }] } },
            ],
          },
        ],
      },
    ],
    [
      "tool_choice required",
      { tools: [TOOL], tool_choice: "required" },
      { toolConfig: { toolChoice: { any: {} } } },
    ],
    [
      "tool_choice of a function",
      { tools: [TOOL], tool_choice: F },
      { toolConfig: { toolChoice: { tool: { name: "f" } } } },
    ],
    [
      "tuning, and top_k by family",
      { max_tokens: 5, temperature: 0.5, top_p: 0.4, stop: "x", top_k: 7 },
      {
        inferenceConfig: { maxTokens: 5, temperature: 0.5, topP: 0.4, stopSequences: ["x"] },
        additionalModelRequestFields: { top_k: 7 },
      },
    ],
    [
      "members of its own",
      { guardrailConfig: { a: "b" }, bedrock: { additionalModelRequestFields: { c: 1 } } },
      { guardrailConfig: { a: "b" }, additionalModelRequestFields: { c: 1 } },
    ],
  ]);
  test("a model without a system prompt has it in the first turn", () => {
    const wire = { messages: [{ role: "system", content: "s" }, HI] };
    expect(sent(bedrockConverse, "amazon.titan-text-express-v1", wire)).toEqual({
      messages: [{ role: "user", content: [{ text: "s" }, { text: "hi" }] }],
    });
  });
  test("tool_choice none sends no tools", () => {
    const wire = { tools: [TOOL], tool_choice: "none" };
    expect(sent(bedrockConverse, claude, wire)).not.toHaveProperty("toolConfig");
  });
  refusals(bedrockConverse, claude, [
    ["an image by URL", asked(imageAt("https://x.test/y")), "by URL"],
  ]);
});

describe("6.5 Gemini", () => {
  const gemini = "gemini-2.0-flash";
  const calling = (mode: string) => ({ toolConfig: { functionCallingConfig: { mode } } });
  rows(geminiGenerate, gemini, [
    [
      "all of the system's words in one part",
      { messages: [{ role: "system", content: "a" }, { role: "developer", content: "b" }, HI] },
      { systemInstruction: { parts: [{ text: "a\n\nb" }] } },
    ],
    [
      "images as data and from a bucket",
      asked(imageAt(PNG), imageAt("gs://b/y.png")),
      {
        contents: [
          {
            parts: [
              { inlineData: { mimeType: "image/png", data: "AAAA" } },
              { fileData: { fileUri: "gs://b/y.png", mimeType: "image/png" } },
            ],
          },
        ],
      },
    ],
    [
      "a call with its arguments, a result under the function's name",
      {
        tools: [TOOL],
        messages: [
          HI,
          { role: "assistant", tool_calls: calls("1") },
          { role: "tool", tool_call_id: "1", content: "plain" },
        ],
      },
      {
        contents: [
          {},
          { role: "model", parts: [{ functionCall: { name: "f", args: { a: 1 } } }] },
          {
            role: "user",
            parts: [{ functionResponse: { name: "f", response: { result: "plain" } } }],
          },
        ],
      },
    ],
    [
      "functions beside Google's own tools",
      { tools: [TOOL, { googleSearch: {} }] },
      { tools: [{ functionDeclarations: [{ name: "f" }] }, { googleSearch: {} }] },
    ],
    ["tool_choice auto", { tools: [TOOL], tool_choice: "auto" }, calling("AUTO")],
    ["tool_choice none", { tools: [TOOL], tool_choice: "none" }, calling("NONE")],
    ["tool_choice required", { tools: [TOOL], tool_choice: "required" }, calling("ANY")],
    [
      "tuning",
      { max_tokens: 5, top_k: 3, stop: ["x"], seed: 1, n: 2, presence_penalty: 0.1 },
      {
        generationConfig: {
          maxOutputTokens: 5,
          topK: 3,
          stopSequences: ["x"],
          seed: 1,
          candidateCount: 2,
          presencePenalty: 0.1,
        },
      },
    ],
    [
      "members of its own",
      { safetySettings: [{ category: "x" }], generationConfig: { mediaResolution: "LOW" } },
      { safetySettings: [{ category: "x" }], generationConfig: { mediaResolution: "LOW" } },
    ],
  ]);
  refusals(geminiGenerate, gemini, [
    ["a text without text", asked({ type: "text" }), "messages[0].content[0].text"],
    ["an image without one", asked({ type: "image_url" }), "messages[0].content[0].image_url"],
    ["a URL that is none", asked(imageAt("http://x")), "image URL is less than 10 bytes"],
    ["another part", asked({ type: "odd" }), "messages[0].content[0].type"],
    ["no parts", asked(), "message at position 1 does not match expected array format"],
  ]);
  test("400 for a system prompt of gemini-1.0", () => {
    const wire = { messages: [{ role: "system", content: "s" }, HI] };
    expect(() => sent(geminiGenerate, "gemini-1.0-pro", wire)).toThrow(
      "system prompts aren't supported on gemini-1.0 models",
    );
  });
});

describe("6.6 Cohere", () => {
  rows(cohereChat, "command-r", [
    [
      "tuning",
      { top_p: 0.5, top_k: 3, max_tokens: 4, stop: "x", seed: 1, frequency_penalty: 0.1 },
      { p: 0.5, k: 3, max_tokens: 4, stop_sequences: ["x"], seed: 1, frequency_penalty: 0.1 },
    ],
    [
      "tool_choice required",
      { tools: [TOOL], tool_choice: "required" },
      { tool_choice: "REQUIRED" },
    ],
    ["tool_choice none", { tools: [TOOL], tool_choice: "none" }, { tool_choice: "NONE" }],
    ["images", asked(imageAt(PNG)), { messages: [{ content: [imageAt(PNG)] }] }],
  ]);
});

describe("6.7 Ollama", () => {
  rows(ollamaChat, "llama3", [
    [
      "text and images apart",
      asked({ type: "text", text: "a" }, imageAt(PNG)),
      { messages: [{ content: "a", images: ["AAAA"] }] },
    ],
    [
      "tuning",
      { max_tokens: 5, temperature: 0.5, top_p: 0.4, top_k: 3, stop: "x", seed: 1 },
      { options: { num_predict: 5, temperature: 0.5, top_p: 0.4, top_k: 3, stop: ["x"], seed: 1 } },
    ],
    ["JSON", { response_format: { type: "json_object" } }, { format: "json" }],
    ["effort", { reasoning_effort: "high" }, { think: "high" }],
    [
      "arguments as an object",
      { messages: [HI, { role: "assistant", tool_calls: calls("1") }] },
      { messages: [HI, { tool_calls: [{ function: { name: "f", arguments: { a: 1 } } }] }] },
    ],
  ]);
});
