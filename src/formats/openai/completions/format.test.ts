import { expect, test } from "bun:test";
import type { ChatEvent } from "../../../chat/event.ts";
import { openaiCompletions } from "./format.ts";

const { decodeRequest, encodeRequest, decodeResponse, encodeResponse } = openaiCompletions;
const CONTEXT = { model: "asked", requestId: "r1", created: 9, includeUsage: false };

test("a prompt is one user message, and the wire's own members stay beside it", () => {
  const wire = {
    model: "m",
    prompt: "hi",
    suffix: "!",
    echo: true,
    best_of: 2,
    logprobs: 0,
    stream: false,
  };
  const chat = decodeRequest(wire);
  expect(chat).toMatchObject({
    kind: "completion",
    messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    logprobs: { top: 0 },
    extra: { suffix: "!", echo: true, best_of: 2 },
  });
  expect(encodeRequest(chat)).toEqual({ wire, notices: [] });
});

test("a list of one prompt is that prompt", () => {
  expect(decodeRequest({ prompt: ["hi"] }).messages).toEqual(
    decodeRequest({ prompt: "hi" }).messages,
  );
});

for (const [prompt, message] of [
  [["a", "b"], "prompt must be one string: several prompts cannot be sent to this model"],
  [[1, 2], "prompt must be text: tokens mean nothing to a model of another vendor"],
  [[[1], [2]], "prompt must be text: tokens mean nothing to a model of another vendor"],
  [null, "prompt must be a string"],
] as const) {
  test(`refused: ${JSON.stringify(prompt)}`, () => {
    expect(() => decodeRequest({ prompt })).toThrow(
      expect.objectContaining({ code: "invalid_request", message }),
    );
  });
}

test("a conversation is refused", () => {
  const turn = { role: "user", content: [{ type: "text", text: "a" }] } as const;
  expect(() =>
    encodeRequest({ kind: "chat", model: "", stream: false, messages: [turn, turn] }),
  ).toThrow(expect.objectContaining({ code: "invalid_request" }));
});

test("what this wire cannot say is dropped with a notice", () => {
  const { notices } = encodeRequest({
    kind: "chat",
    model: "m",
    stream: false,
    messages: [{ role: "user", content: [{ type: "text", text: "a" }] }],
    tools: [],
    extra: { store: true },
    extraFormat: "openai-chat",
  });
  expect(notices.map((notice) => notice.field)).toEqual(["tools", "store"]);
});

test("log probabilities go between columns and rows", () => {
  const logprobs = {
    tokens: ["he", "y"],
    token_logprobs: [-0.5, -1],
    top_logprobs: [{ he: -0.5, ha: -2 }, null],
    text_offset: [0, 2],
  };
  const wire = { choices: [{ index: 0, text: "hey", logprobs, finish_reason: "stop" }] };
  const answer = decodeResponse(wire);
  expect(answer.choices[0]?.content[0]).toMatchObject({
    logprobs: [
      { token: "he", logprob: -0.5, top_logprobs: [{ token: "he" }, { token: "ha" }] },
      { token: "y", logprob: -1, top_logprobs: [] },
    ],
  });
  expect(encodeResponse(answer, CONTEXT)).toEqual({
    id: "cmpl-r1",
    object: "text_completion",
    created: 9,
    model: "asked",
    choices: [{ text: "hey", index: 0, logprobs, finish_reason: "stop" }],
  });
});

test("an answer without choices is upstream_bad_response", () => {
  expect(() => decodeResponse({ id: "x" })).toThrow(
    expect.objectContaining({
      code: "upstream_bad_response",
      message: "'choices' not in llm/v1/completions response",
    }),
  );
});

test("a chat model's answer streams as text_completion chunks", () => {
  const events: ChatEvent[] = [
    { type: "message-start", id: "x", model: "m" },
    { type: "block-start", index: 0, choice: 0, block: { kind: "reasoning" } },
    { type: "reasoning-delta", index: 0, text: "hidden" },
    { type: "block-end", index: 0 },
    { type: "block-start", index: 1, choice: 0, block: { kind: "text" } },
    { type: "text-delta", index: 1, text: "hi" },
    { type: "block-end", index: 1 },
    { type: "finish", choice: 0, reason: "stop" },
  ];
  const encoder = openaiCompletions.streamEncoder(CONTEXT);
  const chunks = [...events.flatMap((event) => [...encoder.push(event)]), ...encoder.end()];
  const head = `{"id":"x","object":"text_completion","created":9,"model":"m","choices":`;
  expect(chunks).toEqual([
    `data: ${head}[{"text":"hi","index":0,"logprobs":null,"finish_reason":null}]}\n\n`,
    `data: ${head}[{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]}\n\n`,
    `data: [DONE]\n\n`,
  ]);
});
