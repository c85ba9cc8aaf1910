import { expect, test } from "bun:test";
import type { Json, JsonObject } from "../../../chat/json.ts";
import { openaiChat } from "../../openai/chat/format.ts";
import { decodeRequest } from "./request.ts";

const user = (content: Json): JsonObject => ({ messages: [{ role: "user", content }] });
const members = (rest: JsonObject): JsonObject => ({ ...user("Hi"), ...rest });

const REFUSED: readonly (readonly [string, JsonObject])[] = [
  ["messages is required and must be an array", {}],
  ["messages[0].role must be user, assistant or system", { messages: [{ role: "tool" }] }],
  ["messages[0].content must be a string or an array of content blocks", user(7)],
  ["messages[0].content[0].text is required and must be a string", user([{ type: "text" }])],
  ["messages[0].content[0].source is required and must be an object", user([{ type: "image" }])],
  [
    "messages[0].content[0].source.type must be base64, url or file",
    user([{ type: "image", source: { type: "smell" } }]),
  ],
  [
    "messages[0].content[0].tool_use_id is required and must be a string",
    user([{ type: "tool_result" }]),
  ],
  [
    "messages[0].content[0].input is required and must be an object",
    { messages: [{ role: "assistant", content: [{ type: "tool_use", id: "a", name: "f" }] }] },
  ],
  [
    "system[0].type must be text",
    members({ system: [{ type: "image", source: { type: "url", url: "u" } }] }),
  ],
  ["tools[0].name is required and must be a string", members({ tools: [{}] })],
  ["tool_choice.type must be auto, any, tool or none", members({ tool_choice: { type: "all" } })],
  ["thinking.budget_tokens is required", members({ thinking: { type: "enabled" } })],
  [
    "output_config.effort must be low, medium, high, xhigh or max",
    members({ output_config: { effort: "huge" } }),
  ],
  ["stop_sequences[0] must be a string", members({ stop_sequences: [1] })],
];

for (const [message, wire] of REFUSED) {
  test(`refused: ${message}`, () => {
    expect(() => decodeRequest(wire)).toThrow(
      expect.objectContaining({ code: "invalid_request", status: 400, message }),
    );
  });
}

test("tool results among a user's words become messages, in order", () => {
  const { messages } = decodeRequest(
    user([
      { type: "tool_result", tool_use_id: "a", content: "1" },
      {
        type: "tool_result",
        tool_use_id: "b",
        is_error: true,
        cache_control: { type: "ephemeral" },
        content: [{ type: "text", text: "2" }],
      },
      { type: "text", text: "And?" },
    ]),
  );
  expect(messages).toEqual([
    { role: "tool", callId: "a", content: [{ type: "text", text: "1" }] },
    { role: "tool", callId: "b", failed: true, content: [{ type: "text", text: "2", cache: {} }] },
    { role: "user", content: [{ type: "text", text: "And?" }] },
  ]);
});

test("what only this vendor has is told of when the request goes to another", () => {
  const chat = decodeRequest({
    model: "m",
    max_tokens: 9,
    messages: [
      {
        role: "user",
        content: [
          {
            type: "search_result",
            source: "https://a.example",
            title: "A",
            content: [{ type: "text", text: "B" }],
          },
          {
            type: "document",
            context: "c",
            source: { type: "text", media_type: "text/plain", data: "d" },
          },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "server_tool_use", id: "s", name: "w", input: {} },
          { type: "text", text: "Yes" },
        ],
      },
    ],
    tools: [{ name: "f", input_schema: { type: "object" }, defer_loading: true }],
    container: "c1",
    thinking: { type: "between_tools" },
  });
  const { wire, notices } = openaiChat.encodeRequest(chat);
  expect(notices.map(({ field }) => field)).toEqual([
    "container",
    "thinking",
    "messages[0].content[0]",
    "messages[0].content[1].context",
    "messages[1].content[0]",
    "tools[0].defer_loading",
  ]);
  expect(JSON.stringify(wire)).toContain("A\\nhttps://a.example\\nB");
});

test("a thinking block without a proof is reasoning, an empty one is nothing", () => {
  const content = [
    { type: "thinking", thinking: "Hm.", signature: "" },
    { type: "thinking", thinking: "", signature: "" },
    { type: "thinking", thinking: "", signature: "s" },
    { type: "redacted_thinking", data: "d" },
  ];
  const { messages } = decodeRequest({ messages: [{ role: "assistant", content }] });
  expect(messages[0]?.content).toEqual([
    { type: "reasoning", text: "Hm." },
    { type: "reasoning", text: "", signature: "s" },
    { type: "reasoning", text: "", redacted: "d" },
  ]);
});
