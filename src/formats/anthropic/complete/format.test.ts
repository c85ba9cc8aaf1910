import { expect, test } from "bun:test";
import { collect } from "../../../chat/collect.ts";
import { expand } from "../../../chat/expand.ts";
import { grammarViolation } from "../../../chat/grammar.ts";
import type { Message } from "../../../chat/message.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import type { ChatResponse } from "../../../chat/response.ts";
import { joined } from "../../../framing/stage.ts";
import { anthropicComplete } from "./format.ts";

const CONTEXT = { model: "asked", requestId: "r1", created: 9, includeUsage: false };
const said = (role: "user" | "assistant" | "system", text: string): Message => ({
  role,
  content: [{ type: "text", text }],
});

function request(messages: readonly Message[], members: Partial<ChatRequest> = {}): ChatRequest {
  return { kind: "completion", model: "claude-2.1", messages, stream: false, ...members };
}

test("a prompt becomes the exact words of the reference", () => {
  const chat = request([said("user", "Why?")], { maxTokens: 50, stop: ["END"] });
  const { wire, notices } = anthropicComplete.encodeRequest(chat);
  expect(wire).toEqual({
    model: "claude-2.1",
    prompt: "Human: Why?\n\nAssistant:",
    max_tokens_to_sample: 50,
    stop_sequences: ["END"],
    stream: false,
  });
  expect(notices).toEqual([]);
  expect(anthropicComplete.decodeRequest(wire)).toEqual(chat);
});

test("a conversation is flattened, the system prompt without a heading, and read back", () => {
  const turns = [
    said("system", "Be brief."),
    said("user", "One?"),
    said("assistant", "Two."),
    said("user", "Three?"),
  ];
  const chat = request(turns, { kind: "chat", maxTokens: 9 });
  const { wire } = anthropicComplete.encodeRequest(chat);
  expect(wire.prompt).toBe(
    "Be brief.\n\nHuman: One?\n\nAssistant: Two.\n\nHuman: Three?\n\nAssistant:",
  );
  expect(anthropicComplete.decodeRequest(wire)).toEqual(chat);
});

test("what this wire cannot say is told of or refused", () => {
  const members = { tools: [], seed: 1, temperature: 2, logprobs: { top: 1 } };
  const { notices } = anthropicComplete.encodeRequest(request([said("user", "a")], members));
  const told = notices.map(({ field }) => field);
  expect(told.sort()).toEqual(["logprobs", "seed", "temperature", "tools"]);
  const result: Message = { role: "tool", callId: "a", content: [] };
  expect(() => anthropicComplete.encodeRequest(request([result]))).toThrow(
    expect.objectContaining({ code: "invalid_request" }),
  );
});

test("an answer without a completion is refused in the reference's words", () => {
  expect(() => anthropicComplete.decodeResponse({ id: "x" })).toThrow(
    expect.objectContaining({
      code: "upstream_bad_response",
      message: "'completion' not in anthropic://llm/v1/chat response",
    }),
  );
});

const answer: ChatResponse = {
  id: "compl_1",
  model: "claude-2.1",
  choices: [
    {
      content: [{ type: "text", text: " Because." }],
      finishReason: "length",
      rawFinishReason: "max_tokens",
    },
  ],
};

test("an answer comes back as it went, whole and streamed", () => {
  const wire = anthropicComplete.encodeResponse(answer, CONTEXT);
  expect(anthropicComplete.decodeResponse(wire)).toEqual(answer);
  const encoder = anthropicComplete.streamEncoder(CONTEXT);
  const chunks = [...expand(answer).flatMap((event) => [...encoder.push(event)]), ...encoder.end()];
  const decoder = anthropicComplete.streamDecoder({ contentType: "text/event-stream" });
  const events = [...decoder.push(joined(chunks)), ...decoder.end()];
  expect(grammarViolation(events)).toBeUndefined();
  expect(collect(events)).toEqual(answer);
});

test("a stream that is cut, or fails, ends in an error", () => {
  const first = `event: completion\ndata: {"type":"completion","completion":"a","stop_reason":null}\n\n`;
  const failure = `event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n`;
  for (const [text, code] of [
    ["", "upstream_truncated"],
    [first, "upstream_truncated"],
    [first + failure, "upstream_overloaded"],
    [`${first}data: oops\n\n`, "upstream_bad_response"],
  ] as const) {
    const decoder = anthropicComplete.streamDecoder({ contentType: "text/event-stream" });
    const events = [...decoder.push(new TextEncoder().encode(text)), ...decoder.end()];
    expect(grammarViolation(events)).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ type: "error", error: { code } });
  }
});
