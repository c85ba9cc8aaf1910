import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { promptFormat } from "../../src/gateway/call/client-format.ts";
import { promptOf } from "../../src/gateway/call/prompt.ts";
import { watchedTexts } from "../../src/plugins/ai-semantic-prompt-guard/watched-texts.ts";
import { plain, windowsOf } from "../../src/plugins/ai-semantic-prompt-guard/windows.ts";
import type { LlmFormat } from "../../src/providers/operations.ts";

/** Every seat of a dialect in which a text reaches the vendor. */
const SEATS: readonly (readonly [LlmFormat, string, (text: string) => object])[] = [
  ["openai", "the user", (text) => ({ messages: [{ role: "user", content: text }] })],
  ["openai", "the system", (text) => chat({ role: "system", content: text })],
  ["openai", "the developer", (text) => chat({ role: "developer", content: text })],
  ["openai", "the assistant", (text) => chat({ role: "assistant", content: text })],
  ["openai", "a tool", (text) => chat({ role: "tool", tool_call_id: "c", content: text })],
  ["openai", "a role that nobody knows", (text) => chat({ role: "narrator", content: text })],
  ["openai", "a part", (text) => chat({ role: "user", content: [{ type: "text", text }] })],
  ["openai", "a refusal", (refusal) => chat({ role: "assistant", refusal, content: null })],
  ["openai", "a name", (name) => chat({ role: "user", name, content: "hi" })],
  ["openai", "arguments", (text) => chat(called(JSON.stringify({ text })))],
  ["openai", "a tool's description", (text) => tools({ name: "f", description: text })],
  [
    "openai",
    "a parameter",
    (text) => tools({ name: "f", parameters: { properties: { a: { description: text } } } }),
  ],
  [
    "openai",
    "a schema",
    (text) => ({
      ...chat(),
      response_format: { type: "json_schema", json_schema: { schema: { description: text } } },
    }),
  ],
  [
    "openai",
    "a prediction",
    (content) => ({ ...chat(), prediction: { type: "content", content } }),
  ],
  ["openai", "a completion", (prompt) => ({ prompt })],
  ["openai", "instructions", (instructions) => ({ instructions, input: "hi" })],
  ["openai", "input", (input) => ({ input })],
  [
    "openai",
    "a result in Responses",
    (output) => ({ input: [{ type: "function_call_output", call_id: "c", output }] }),
  ],
  ["anthropic", "the user", (text) => claude({ role: "user", content: text })],
  ["anthropic", "system", (system) => ({ ...claude(), system })],
  ["anthropic", "a block of system", (text) => ({ ...claude(), system: [{ type: "text", text }] })],
  [
    "anthropic",
    "a tool's result",
    (content) =>
      claude({ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content }] }),
  ],
  [
    "anthropic",
    "a tool's description",
    (description) => ({ ...claude(), tools: [{ name: "f", description, input_schema: {} }] }),
  ],
  ["gemini", "the user", (text) => ({ contents: [{ role: "user", parts: [{ text }] }] })],
  ["gemini", "the system", (text) => ({ ...gemini, systemInstruction: { parts: [{ text }] } })],
  [
    "gemini",
    "a function's answer",
    (text) => ({
      contents: [
        ...gemini.contents,
        { role: "user", parts: [{ functionResponse: { name: "f", response: { text } } }] },
      ],
    }),
  ],
  ["bedrock", "the user", (text) => ({ messages: [{ role: "user", content: [{ text }] }] })],
  [
    "bedrock",
    "the system",
    (text) => ({ messages: [{ role: "user", content: [{ text: "hi" }] }], system: [{ text }] }),
  ],
];

function chat(...messages: readonly object[]) {
  return { messages: [{ role: "user", content: "hi" }, ...messages] };
}

function claude(...messages: readonly object[]) {
  return { max_tokens: 1, messages: [{ role: "user", content: "hi" }, ...messages] };
}

const gemini = { contents: [{ role: "user", parts: [{ text: "hi" }] }] };

function called(args: string) {
  const call = { id: "c", type: "function", function: { name: "f", arguments: args } };
  return { role: "assistant", content: null, tool_calls: [call] };
}

function tools(definition: object) {
  return { ...chat(), tools: [{ type: "function", function: definition }] };
}

const ALL = { match_all_conversation_history: true, match_all_roles: true };

/** Words of letters, such as rules are made of. */
const rule = fc
  .array(fc.stringMatching(/^[a-z]{2,9}$/), { minLength: 2, maxLength: 12 })
  .map((words) => `${words.join(" ")}?`);

describe("with all roles and the whole history, a rule that stands word for word", () => {
  test.each(SEATS)("%s: as %s is compared as it is", (format, _seat, wireWith) => {
    fc.assert(
      fc.property(rule, (text) => {
        const wire = JSON.parse(JSON.stringify(wireWith(text)));
        const watched = watchedTexts(promptOf(promptFormat(format, wire), wire), ALL);
        expect(watched).toBeDefined();
        const texts = [...(watched?.said ?? []), ...(watched?.beside ?? [])];
        expect(windowsOf(texts, [64])).toContain(plain(text));
      }),
      { numRuns: 20 },
    );
  });
});
