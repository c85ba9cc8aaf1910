import { expect, test } from "bun:test";
import type { LlmFormat } from "../../providers/operations.ts";
import { promptFormat } from "./client-format.ts";
import { promptOf } from "./prompt.ts";
import { promptTexts } from "./prompt-texts.ts";

/** Each text in one line: its message, whose it is, its seat, and what it says. */
function told(wire: object, llmFormat: LlmFormat = "openai") {
  const json = JSON.parse(JSON.stringify(wire));
  const texts = promptTexts(promptOf(promptFormat(llmFormat, json), json));
  return texts?.map(
    ({ message, role, seat, text }) => `${message ?? "-"} ${role} ${seat}: ${text}`,
  );
}

test("a conversation is told message by message, with what stands in and beside each", () => {
  const wire = {
    model: "m",
    messages: [
      { role: "developer", content: "be brief" },
      {
        role: "user",
        name: "ann",
        content: [
          { type: "text", text: "look" },
          { type: "file", file: { file_data: "data:text/plain,a%20file" } },
          { type: "text", text: "here" },
        ],
      },
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c1", content: "42" },
    ],
    tools: [{ type: "function", function: { name: "f", description: "counts" } }],
  };
  expect(told(wire)).toEqual([
    "0 developer content: be brief",
    "1 user content: look",
    "1 user inside: a file",
    "1 user content: here",
    "1 user beside: ann",
    "2 assistant beside: f",
    "2 assistant beside: {}",
    "3 tool content: 42",
    "- user request: f",
    "- user request: counts",
  ]);
});

test.each([
  ["a completion's prompt", { prompt: "go on" }, ["0 user content: go on"]],
  ["several", { prompt: ["one", "two"] }, ["0 user content: one two"]],
  ["texts for vectors", { input: ["one", "two"] }, ["0 user content: one two"]],
  [
    "instructions and a question",
    { instructions: "be brief", input: "hi" },
    ["0 system content: be brief", "1 user content: hi"],
  ],
  [
    "instructions and turns",
    { instructions: "i", input: [{ role: "assistant", content: "yes" }, { output: "42" }] },
    ["0 system content: i", "1 assistant content: yes", "2 user beside: 42"],
  ],
  [
    "a picture alone",
    { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
    ["0 user content: "],
  ],
  ["a message of nothing", { messages: [{ role: "user" }] }, []],
])("%s", (_name, wire, expected) => {
  expect(told(wire)).toEqual(expected);
});

test.each([
  { model: "m" },
  { messages: [] },
  { messages: ["hidden"] },
  { messages: [{ role: "user", content: [["hidden"]] }] },
  { prompt: [1, 2, 3] },
  { input: [[1], [2]] },
])("%j cannot be looked at, which is not the same as saying nothing", (wire) => {
  expect(told(wire)).toBeUndefined();
});

test("a vendor's own dialect is told in the same words", () => {
  const wire = {
    system: "be brief",
    max_tokens: 1,
    messages: [
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: "c1", content: "42" },
          { type: "text", text: "and now?" },
        ],
      },
    ],
  };
  expect(told(wire, "anthropic")).toEqual([
    "0 system content: be brief",
    "1 tool content: 42",
    "2 user content: and now?",
  ]);
});
