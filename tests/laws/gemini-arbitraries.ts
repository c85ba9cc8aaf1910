import fc from "fast-check";
import type { JsonObject } from "../../src/chat/json.ts";
import type { AssistantPart, FilePart, Message } from "../../src/chat/message.ts";
import type { ChatRequest, Tool, ToolChoice } from "../../src/chat/request.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../src/chat/response.ts";
import type { Usage } from "../../src/chat/usage.ts";
import { jsonArguments, record, someText, text, word } from "./arbitraries.ts";

/** Canonical values that Gemini's dialect can say in full. */

const signature = fc.base64String({ minLength: 4, maxLength: 12 });

const file: fc.Arbitrary<FilePart> = fc.oneof(
  record({
    type: fc.constant("file" as const),
    mediaType: fc.constantFrom("image/png", "application/pdf", "audio/wav"),
    source: record({ kind: fc.constant("base64" as const), data: signature }),
  }),
  record({
    type: fc.constant("file" as const),
    mediaType: fc.constantFrom("image/png", "video/mp4"),
    source: record({ kind: fc.constant("url" as const), url: fc.webUrl() }),
  }),
);

const words = record({ type: fc.constant("text" as const), text: someText });
const user: fc.Arbitrary<Message> = record({
  role: fc.constant("user" as const),
  content: fc.array(fc.oneof(words, file), { minLength: 1, maxLength: 3 }),
});

const thought = fc.oneof(
  record({ type: fc.constant("reasoning" as const), text: someText }),
  record({
    type: fc.constant("reasoning" as const),
    text: someText,
    signature,
    signer: fc.constant("google-gemini-v1"),
  }),
);

const spoken: fc.Arbitrary<AssistantPart> = fc.oneof(
  record({ type: fc.constant("text" as const), text: someText }, { signature }),
  record({ type: fc.constant("text" as const), text: fc.constant(""), signature }),
  thought,
  file,
);

/** A call and its answer; one conversation never uses an id twice. */
const exchange = fc.tuple(
  word,
  jsonArguments,
  signature,
  fc.oneof(text, jsonArguments),
  fc.boolean(),
);

interface Turns {
  readonly asked: Message;
  readonly said: readonly AssistantPart[];
  readonly calls: readonly (readonly [string, string, string, string, boolean])[];
}

const turns: fc.Arbitrary<Turns> = record({
  asked: user,
  said: fc.array(spoken, { minLength: 1, maxLength: 3 }),
  calls: fc.array(exchange, { maxLength: 2 }),
});

function spread({ asked, said, calls }: Turns, turn: number): Message[] {
  const named = calls.map((call, i) => ({ id: `id_${turn}_${i}`, call }));
  const content: AssistantPart[] = [
    ...said,
    ...named.map(({ id, call: [name, text, proof] }) => {
      return { type: "tool-call", id, name, arguments: text, signature: proof } as const;
    }),
  ];
  const results = named.map(({ id, call: [, , , answer, failed] }): Message => {
    const content = [{ type: "text", text: answer } as const];
    return { role: "tool", callId: id, content, ...(failed && { failed: true }) };
  });
  return [asked, { role: "assistant", content }, ...results];
}

const system: fc.Arbitrary<Message> = record({
  role: fc.constant("system" as const),
  content: fc.tuple(words),
});

const messages: fc.Arbitrary<readonly Message[]> = fc
  .tuple(fc.array(system, { maxLength: 1 }), fc.array(turns, { maxLength: 2 }), user)
  .map(([before, all, last]) => [...before, ...all.flatMap(spread), last]);

const property: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constant<JsonObject>({ type: "string", description: "A name" }),
  fc.constant<JsonObject>({ type: ["integer", "null"], minimum: 1 }),
  fc.constant<JsonObject>({ type: "array", items: { type: "number" }, minItems: 2 }),
  fc.constant<JsonObject>({ anyOf: [{ type: "string" }, { type: "boolean" }] }),
  fc.constant<JsonObject>({ type: "string", enum: ["a", "b"] }),
  fc.constant<JsonObject>({ type: "array", items: { type: "integer", enum: [1, 2] } }),
  fc.constant<JsonObject>({ type: "object", additionalProperties: { type: "string" } }),
  fc.constant<JsonObject>({ $ref: "#" }),
);

const schema: fc.Arbitrary<JsonObject> = fc
  .dictionary(word, property, { minKeys: 1, maxKeys: 3, noNullPrototype: true })
  .map((properties) => ({ type: "object", properties }));

const tools: fc.Arbitrary<readonly Tool[]> = fc
  .tuple(
    fc.array(
      record(
        { type: fc.constant("function" as const), name: word },
        { description: text, parameters: schema },
      ),
      { minLength: 1, maxLength: 3 },
    ),
    fc.boolean(),
  )
  .map(([functions, searches]): Tool[] => [
    ...functions,
    ...(searches
      ? [{ type: "vendor", format: "gemini-generate", wire: { googleSearch: {} } } as const]
      : []),
  ]);

const toolChoice = fc.oneof(
  record({ type: fc.constantFrom("auto" as const, "none" as const, "required" as const) }),
  record({ type: fc.constant("tool" as const), name: word }),
  record({
    type: fc.constant("allowed" as const),
    names: fc.array(word, { minLength: 2, maxLength: 3 }),
    required: fc.boolean(),
  }),
) as fc.Arbitrary<ToolChoice>;

const amount = fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0);

const request: fc.Arbitrary<ChatRequest> = record(
  {
    kind: fc.constant("chat" as const),
    model: fc.constant("gemini-3-flash"),
    messages,
    stream: fc.constant(false),
  },
  {
    tools,
    toolChoice,
    responseFormat: fc.oneof(
      record({ type: fc.constantFrom("text" as const, "json" as const) }),
      record({ type: fc.constant("json-schema" as const), name: fc.constant("response"), schema }),
    ) as fc.Arbitrary<NonNullable<ChatRequest["responseFormat"]>>,
    reasoning: fc.oneof(
      record({
        effort: fc.constantFrom("minimal", "low", "medium", "high"),
        includeText: fc.boolean(),
      }),
      record({ budgetTokens: fc.integer({ min: 1, max: 9999 }), includeText: fc.boolean() }),
      record({ adaptive: fc.constant(true as const), includeText: fc.boolean() }),
    ) as fc.Arbitrary<NonNullable<ChatRequest["reasoning"]>>,
    maxTokens: fc.integer({ min: 1, max: 9999 }),
    temperature: amount,
    topP: amount,
    topK: fc.nat({ max: 100 }),
    stop: fc.array(someText, { maxLength: 3 }),
    seed: fc.integer(),
    presencePenalty: amount,
    frequencyPenalty: amount,
    choiceCount: fc.integer({ min: 1, max: 4 }),
    logprobs: record({ top: fc.nat({ max: 20 }) }),
    serviceTier: fc.constantFrom("standard", "flex"),
  },
);

/** A choice stands only beside functions. */
export const geminiRequest: fc.Arbitrary<ChatRequest> = request.map(({ toolChoice, ...chat }) =>
  chat.tools && toolChoice ? { ...chat, toolChoice } : chat,
);

const logprob = fc.tuple(text, fc.double({ min: -9, max: -0.5, noNaN: true })).map(
  ([token, logprob]): JsonObject => ({
    token,
    logprob,
    bytes: null,
    top_logprobs: [{ token, logprob, bytes: null }],
  }),
);

function textOf(said: string, isCited: boolean): ChoicePart {
  const span = { start: 0, end: said.length };
  const annotations = [
    { type: "citation", url: "https://a.example/", title: "Facts", ...span },
    { type: "citation", url: "https://b.example/", quote: said },
  ] as const;
  return { type: "text", text: said, ...(isCited && { annotations }) };
}

const call: fc.Arbitrary<ChoicePart> = record(
  { type: fc.constant("tool-call" as const), id: word, name: word, arguments: jsonArguments },
  { signature },
);

const content: fc.Arbitrary<readonly ChoicePart[]> = fc
  .record(
    {
      thought,
      said: someText,
      proof: signature,
      isCited: fc.boolean(),
      scores: fc.array(logprob, { minLength: 1, maxLength: 2 }),
      calls: fc.array(call, { maxLength: 2 }),
    },
    { requiredKeys: ["isCited", "calls"] },
  )
  .map(({ thought, said, proof, isCited, scores, calls }) => [
    ...(thought ? [thought] : []),
    ...(said
      ? [
          {
            ...textOf(said, isCited && calls.length === 0),
            ...(proof && { signature: proof }),
            ...(scores && { logprobs: scores }),
          },
        ]
      : []),
    ...calls,
  ]);

const choice: fc.Arbitrary<Choice> = fc
  .tuple(content, fc.constantFrom("STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER"))
  .map(([parts, raw]) => {
    const stops = parts.some((part) => part.type === "tool-call") ? "tool_calls" : "stop";
    const reasons = {
      MAX_TOKENS: "length",
      SAFETY: "content_filter",
      RECITATION: "content_filter",
    };
    const reason = Object.hasOwn(reasons, raw) ? reasons[raw as keyof typeof reasons] : stops;
    return { content: parts, finishReason: reason, rawFinishReason: raw } as Choice;
  });

const count = fc.nat({ max: 9999 });

const usage: fc.Arbitrary<Usage> = fc
  .tuple(count, count, count, fc.option(fc.tuple(count, count)), fc.boolean())
  .map(([prompt, said, thought, audio, isCached]) => ({
    promptTokens: prompt,
    completionTokens: said + thought,
    totalTokens: prompt + said + thought,
    ...(thought > 0 && { reasoningTokens: thought }),
    ...(isCached && { cachedTokens: prompt }),
    ...(audio && { promptAudioTokens: audio[0], completionAudioTokens: audio[1] }),
    ...(isCached && { serviceTier: "flex" }),
  }));

export const geminiAnswer: fc.Arbitrary<ChatResponse> = record(
  { id: word, model: word, choices: fc.array(choice, { minLength: 1, maxLength: 2 }) },
  { created: fc.integer({ min: 1, max: 2_000_000_000 }), usage },
);
