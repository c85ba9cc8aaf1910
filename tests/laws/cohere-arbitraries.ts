import fc from "fast-check";
import type { Message } from "../../src/chat/message.ts";
import type {
  ChatRequest,
  FunctionTool,
  ResponseFormat,
  ToolChoice,
} from "../../src/chat/request.ts";
import { jsonArguments, record, someText, text, word } from "./arbitraries.ts";

/** What Cohere's wires can say of a canonical request, whole. */

const base64 = fc.base64String({ minLength: 4, maxLength: 16 });
const amount = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);

export const cohereOptions = {
  maxTokens: fc.integer({ min: 1, max: 4000 }),
  temperature: amount,
  topP: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  topK: fc.nat({ max: 500 }),
  stop: fc.array(someText, { maxLength: 3 }),
  seed: fc.integer(),
  presencePenalty: amount,
  frequencyPenalty: amount,
};

const textPart = record({ type: fc.constant("text" as const), text: someText });

const image = fc.oneof(
  record(
    {
      type: fc.constant("file" as const),
      mediaType: fc.constant("image/png"),
      source: record({ kind: fc.constant("base64" as const), data: base64 }),
    },
    { detail: fc.constantFrom("low", "high") },
  ),
  record({
    type: fc.constant("file" as const),
    mediaType: fc.constant("image/*"),
    source: record({ kind: fc.constant("url" as const), url: fc.webUrl() }),
  }),
);

const document = fc
  .tuple(fc.dictionary(word, text, { maxKeys: 2 }), fc.option(word))
  .map(([data, name]) => ({
    type: "file" as const,
    mediaType: "application/json",
    source: {
      kind: "base64" as const,
      data: Buffer.from(JSON.stringify(data)).toString("base64"),
    },
    ...(name !== null && { name }),
  }));

const thinking = record({ type: fc.constant("reasoning" as const), text: someText });
const said = record({ type: fc.constant("text" as const), text: someText });
const call = record({
  type: fc.constant("tool-call" as const),
  id: word,
  name: word,
  arguments: jsonArguments,
});

const assistant = fc.oneof(
  fc.tuple(fc.array(thinking, { maxLength: 1 }), fc.array(said, { maxLength: 2 })),
  fc.tuple(
    fc.array(thinking, { maxLength: 1 }),
    fc.array(said, { maxLength: 1 }),
    fc.array(call, { minLength: 1, maxLength: 2 }),
  ),
);

const message: fc.Arbitrary<Message> = fc.oneof(
  record({
    role: fc.constant("system" as const),
    content: fc.array(textPart, { minLength: 1, maxLength: 2 }),
  }),
  record({
    role: fc.constant("user" as const),
    content: fc.array(fc.oneof(textPart, image), { minLength: 1, maxLength: 3 }),
  }),
  record({
    role: fc.constant("assistant" as const),
    content: assistant.map((parts) => parts.flat()).filter((parts) => parts.length > 0),
  }),
  record({
    role: fc.constant("tool" as const),
    callId: word,
    content: fc.array(fc.oneof(textPart, document), { minLength: 1, maxLength: 2 }),
  }),
);

const question: fc.Arbitrary<Message> = textPart.map((part) => ({ role: "user", content: [part] }));

const schema = fc.constant({ type: "object", properties: { city: { type: "string" } } });

/** One switch says whether all of them are strict. */
const tools: fc.Arbitrary<FunctionTool[]> = fc
  .tuple(
    fc.array(
      record(
        { type: fc.constant("function" as const), name: word, parameters: schema },
        { description: text },
      ),
      {
        minLength: 1,
        maxLength: 2,
      },
    ),
    fc.option(fc.boolean()),
  )
  .map(([list, strict]) => list.map((tool) => ({ ...tool, ...(strict !== null && { strict }) })));

export const cohereRequest: fc.Arbitrary<ChatRequest> = record(
  {
    kind: fc.constant("chat" as const),
    model: word,
    messages: fc
      .tuple(fc.array(message, { maxLength: 4 }), question)
      .map(([m, last]) => [...m, last]),
    stream: fc.boolean(),
    tools,
  },
  {
    ...cohereOptions,
    toolChoice: fc.constantFrom<ToolChoice>({ type: "none" }, { type: "required" }),
    responseFormat: fc.constantFrom<ResponseFormat>(
      { type: "text" },
      { type: "json" },
      { type: "json-schema", name: "response", schema: { type: "object" } },
    ),
    reasoning: fc.constantFrom<NonNullable<ChatRequest["reasoning"]>>(
      { effort: "none" },
      { budgetTokens: 100 },
      { adaptive: true },
    ),
    logprobs: fc.constant({ top: 0 }),
    extra: fc.constant({ safety_mode: "STRICT" }),
    extraFormat: fc.constant("cohere-chat"),
  },
)
  .map(({ extra, extraFormat, ...chat }) =>
    extra && extraFormat ? { ...chat, extra, extraFormat } : chat,
  )
  .map(withToolsOrJson);

/** Cohere takes no JSON format beside tools. */
export function withToolsOrJson(chat: ChatRequest): ChatRequest {
  const { tools, toolChoice, ...rest } = chat;
  const isJson = chat.responseFormat !== undefined && chat.responseFormat.type !== "text";
  return tools && isJson ? rest : chat;
}
