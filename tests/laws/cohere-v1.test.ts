import fc from "fast-check";
import type { Message } from "../../src/chat/message.ts";
import type { ChatRequest, ResponseFormat } from "../../src/chat/request.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../src/chat/response.ts";
import { cohereChatV1 } from "../../src/formats/cohere/chat-v1/format.ts";
import { cohereGenerate } from "../../src/formats/cohere/generate/format.ts";
import { jsonArguments, record, someText, text, word } from "./arbitraries.ts";
import { cohereOptions, withToolsOrJson } from "./cohere-arbitraries.ts";
import { holdLaws } from "./hold-laws.ts";

const count = fc.nat({ max: 10_000 });
const usage = fc.tuple(count, count).map(([promptTokens, completionTokens]) => ({
  promptTokens,
  completionTokens,
  totalTokens: promptTokens + completionTokens,
}));

const finishes = {
  STOP_SEQUENCE: "stop",
  MAX_TOKENS: "length",
  ERROR_TOXIC: "content_filter",
} as const;
const finishWord = fc.constantFrom("STOP_SEQUENCE", "MAX_TOKENS", "ERROR_TOXIC");

function said(role: "system" | "user" | "assistant", words: string): Message {
  return { role, content: [{ type: "text", text: words }] };
}

/** A question, a call, and its result, whose ids are numbered as the wire's reader does. */
const toolTurns = fc
  .tuple(someText, word, jsonArguments, jsonArguments)
  .map(([question, name, input, output]): Message[] => [
    said("user", question),
    { role: "assistant", content: [{ type: "tool-call", id: "call_0", name, arguments: input }] },
    { role: "tool", callId: "call_0", content: [{ type: "text", text: output }] },
  ]);

const conversation = fc
  .tuple(
    fc.array(
      someText.map((words) => said("system", words)),
      { maxLength: 1 },
    ),
    fc.array(
      fc.oneof(
        someText.map((words) => said("system", words)),
        someText.map((words) => said("user", words)),
        someText.map((words) => said("assistant", words)),
      ),
      { maxLength: 3 },
    ),
    fc.oneof(
      someText.map((words) => [said("user", words)]),
      toolTurns,
    ),
  )
  .map(([head, middle, end]) => [...head, ...middle, ...end]);

const requests: fc.Arbitrary<ChatRequest> = record(
  {
    kind: fc.constant("chat" as const),
    model: word,
    messages: conversation,
    stream: fc.boolean(),
  },
  {
    ...cohereOptions,
    tools: fc.constant([
      {
        type: "function" as const,
        name: "weather",
        description: "The weather",
        parameters: {
          type: "object",
          properties: { city: { type: "string", description: "Where" }, days: { type: "integer" } },
          required: ["city"],
        },
      },
    ]),
    responseFormat: fc.constantFrom<ResponseFormat>(
      { type: "json" },
      { type: "json-schema", name: "response", schema: { type: "object" } },
    ),
  },
);

const cited = someText.map((words): ChoicePart => {
  const raw = { start: 0, end: words.length, text: words, document_ids: ["doc_1"] };
  const annotation = { type: "citation", start: 0, end: words.length, raw } as const;
  return { type: "text", text: words, annotations: [annotation] };
});

const answers: fc.Arbitrary<ChatResponse> = fc
  .tuple(
    word,
    fc.array(
      fc.oneof(
        cited,
        someText.map((words): ChoicePart => ({ type: "text", text: words })),
      ),
      {
        maxLength: 1,
      },
    ),
    fc.array(fc.tuple(word, jsonArguments), { maxLength: 3 }),
    finishWord,
    fc.option(usage),
  )
  .map(([id, texts, calls, raw, counted]) => {
    const content: ChoicePart[] = [
      ...texts,
      ...calls.map(
        ([name, input], n): ChoicePart => ({
          type: "tool-call",
          id: `call_${n}_${id}`,
          name,
          arguments: input,
        }),
      ),
    ];
    const reason = finishes[raw];
    const finishReason = reason === "stop" && calls.length > 0 ? "tool_calls" : reason;
    return {
      id,
      model: "",
      choices: [{ content, finishReason, rawFinishReason: raw }],
      ...(counted && { usage: counted }),
    };
  });

holdLaws(cohereChatV1, {
  requests: requests.map(withToolsOrJson),
  answers,
  members: ["chat_history", "message", "tools", "tool_results", "response_format"],
  frames: fc
    .tuple(
      fc.constantFrom(
        "stream-start",
        "text-generation",
        "search-results",
        "citation-generation",
        "tool-calls-chunk",
        "tool-calls-generation",
        "stream-end",
      ),
      fc.constantFrom("text", "citations", "tool_call_delta", "tool_calls", "response"),
      fc.oneof(fc.jsonValue(), fc.constant({ index: 1, name: "f", parameters: "{" })),
    )
    .map(([event_type, key, value]) => ({ event_type, text: "a", [key]: value })),
});

const generation: fc.Arbitrary<Choice> = fc.tuple(text, finishWord).map(([words, raw]) => ({
  content: words === "" ? [] : [{ type: "text", text: words }],
  finishReason: finishes[raw],
  rawFinishReason: raw,
}));

holdLaws(cohereGenerate, {
  requests: record(
    {
      kind: fc.constant("completion" as const),
      model: word,
      messages: text.map((prompt) => [said("user", prompt)]),
      stream: fc.boolean(),
    },
    { ...cohereOptions, choiceCount: fc.integer({ min: 1, max: 5 }) },
  ),
  answers: record(
    {
      id: word,
      model: fc.constant(""),
      choices: fc.array(generation, { minLength: 1, maxLength: 3 }),
    },
    { usage },
  ),
  inStream: (answer) =>
    answer.choices.some(({ content }) => content.length > 0) ? { ...answer, id: "" } : answer,
  members: ["prompt", "num_generations", "stop_sequences", "p"],
  frames: fc
    .tuple(
      fc.constantFrom("text-generation", "stream-end", "other"),
      fc.constantFrom("text", "index", "response", "is_finished"),
      fc.oneof(fc.jsonValue(), fc.constant({ generations: [{ text: "a" }, { index: 1 }] })),
    )
    .map(([event_type, key, value]) => ({ event_type, text: "a", [key]: value })),
});
