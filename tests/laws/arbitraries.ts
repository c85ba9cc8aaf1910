import fc from "fast-check";
import type { FinishReason } from "../../src/chat/event.ts";
import type { JsonObject } from "../../src/chat/json.ts";
import type {
  Annotation,
  FilePart,
  Message,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
} from "../../src/chat/message.ts";
import type { ChatRequest, Tool, ToolChoice } from "../../src/chat/request.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../src/chat/response.ts";
import type { Usage } from "../../src/chat/usage.ts";

/**
 * Canonical values in their fullest form. A format's law narrows them to what its wire can say:
 * pass what it cannot as `without`, or build from the smaller arbitraries below.
 */

export const word = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
/** Text with quotes, line ends, and characters beyond the first plane. */
export const text = fc.string({ unit: "grapheme", maxLength: 12 });
export const someText = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const tokenCount = fc.nat({ max: 100_000 });
const base64 = fc.base64String({ minLength: 4, maxLength: 16 });

/** Keys with a value of undefined are left out, as the canonical types have them. */
export function record<T extends object>(
  required: { [K in keyof T]: fc.Arbitrary<T[K]> },
): fc.Arbitrary<T>;
export function record<T extends object, O extends object>(
  required: { [K in keyof T]: fc.Arbitrary<T[K]> },
  optional: { [K in keyof O]: fc.Arbitrary<O[K]> },
): fc.Arbitrary<T & Partial<O>>;
export function record(
  required: Record<string, fc.Arbitrary<unknown>>,
  optional: Record<string, fc.Arbitrary<unknown>> = {},
): fc.Arbitrary<unknown> {
  const requiredKeys = Object.keys(required);
  return fc.record({ ...required, ...optional }, { requiredKeys, noNullPrototype: true });
}

export const cachePoint = record({}, { ttl: fc.constantFrom("5m", "1h") });

export const citation: fc.Arbitrary<Annotation> = record(
  { type: fc.constant("citation" as const), url: fc.webUrl(), title: text },
  { quote: text, start: fc.nat({ max: 99 }), end: fc.nat({ max: 99 }) },
);

export const logprob: fc.Arbitrary<JsonObject> = fc.record({
  token: text,
  logprob: fc.double({ min: -20, max: -0.5, noNaN: true }),
  bytes: fc.constant(null),
  top_logprobs: fc.constant([]),
});

export const reasoningPart: fc.Arbitrary<ReasoningPart> = fc.oneof(
  record({ type: fc.constant("reasoning" as const), text: someText }, { signature: base64 }),
  record({
    type: fc.constant("reasoning" as const),
    text: someText,
    signature: base64,
    signer: fc.constantFrom("google-gemini-v1", "anthropic-claude-v1"),
  }),
  record({
    type: fc.constant("reasoning" as const),
    text: fc.constant(""),
    redacted: base64,
  }),
  record({ type: fc.constant("reasoning" as const), text: someText, redacted: base64 }),
);

export const refusalPart: fc.Arbitrary<RefusalPart> = record({
  type: fc.constant("refusal" as const),
  text: someText,
});

export const jsonArguments = fc
  .dictionary(word, fc.oneof(text, fc.integer(), fc.boolean()), { maxKeys: 3 })
  .map((value) => JSON.stringify(value));

export const toolCallPart: fc.Arbitrary<ToolCallPart> = record(
  {
    type: fc.constant("tool-call" as const),
    id: word.map((id) => `call_${id}`),
    name: word,
    arguments: jsonArguments,
  },
  { signature: base64 },
);

export const toolCallParts = fc.uniqueArray(toolCallPart, {
  selector: (call) => call.id,
  maxLength: 3,
});

export const filePart: fc.Arbitrary<FilePart> = fc.oneof(
  record(
    {
      type: fc.constant("file" as const),
      mediaType: fc.constantFrom("image/png", "image/jpeg"),
      source: record({ kind: fc.constant("base64" as const), data: base64 }),
    },
    { detail: fc.constantFrom("low", "high"), cache: cachePoint },
  ),
  record({
    type: fc.constant("file" as const),
    mediaType: fc.constant("image/*"),
    source: record({ kind: fc.constant("url" as const), url: fc.webUrl() }),
  }),
  record({
    type: fc.constant("file" as const),
    mediaType: fc.constantFrom("audio/wav", "audio/mpeg"),
    source: record({ kind: fc.constant("base64" as const), data: base64 }),
  }),
  record(
    {
      type: fc.constant("file" as const),
      mediaType: fc.constant("application/pdf"),
      source: record({ kind: fc.constant("base64" as const), data: base64 }),
    },
    { name: word.map((name) => `${name}.pdf`) },
  ),
);

export const textPart: fc.Arbitrary<TextPart> = record(
  { type: fc.constant("text" as const), text },
  { cache: cachePoint },
);

/** Blocks in the order most wires have them: reasoning, text, refusal, calls. */
export const message: fc.Arbitrary<Message> = fc.oneof(
  record(
    { role: fc.constant("system" as const), content: fc.array(textPart, { maxLength: 3 }) },
    { developer: fc.constant(true as const), name: word },
  ),
  record(
    {
      role: fc.constant("user" as const),
      content: fc.array(fc.oneof(textPart, filePart), { maxLength: 3 }),
    },
    { name: word },
  ),
  record(
    {
      role: fc.constant("assistant" as const),
      content: fc
        .tuple(
          fc.array(reasoningPart, { maxLength: 2 }),
          fc.array(textPart, { maxLength: 2 }),
          fc.array(refusalPart, { maxLength: 1 }),
          toolCallParts,
        )
        .map((parts) => parts.flat()),
    },
    { name: word },
  ),
  record({
    role: fc.constant("tool" as const),
    callId: word,
    content: fc.array(textPart, { maxLength: 2 }),
  }),
);

const parameters: fc.Arbitrary<JsonObject> = fc
  .dictionary(word, fc.constant<JsonObject>({ type: "string" }), {
    maxKeys: 2,
    noNullPrototype: true,
  })
  .map((properties) => ({ type: "object", properties }));

export const functionTool: fc.Arbitrary<Tool> = record(
  { type: fc.constant("function" as const), name: word },
  { description: text, parameters, strict: fc.boolean(), cache: cachePoint },
);

export const toolChoice: fc.Arbitrary<ToolChoice> = fc.oneof(
  record({ type: fc.constantFrom("auto" as const, "none" as const, "required" as const) }),
  record({ type: fc.constant("tool" as const), name: word }),
  record({
    type: fc.constant("allowed" as const),
    names: fc.array(word, { minLength: 1, maxLength: 2 }),
    required: fc.boolean(),
  }),
) as fc.Arbitrary<ToolChoice>;

const amount = fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0);

export const chatRequest: fc.Arbitrary<ChatRequest> = record(
  {
    kind: fc.constant("chat" as const),
    model: word,
    messages: fc.array(message, { maxLength: 5 }),
    stream: fc.boolean(),
  },
  {
    tools: fc.array(functionTool, { maxLength: 3 }),
    toolChoice,
    parallelToolCalls: fc.boolean(),
    responseFormat: fc.oneof(
      record({ type: fc.constantFrom("text" as const, "json" as const) }),
      record(
        { type: fc.constant("json-schema" as const), name: word, schema: parameters },
        { description: text, strict: fc.boolean() },
      ),
    ) as fc.Arbitrary<NonNullable<ChatRequest["responseFormat"]>>,
    reasoning: record({
      effort: fc.constantFrom("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    }) as fc.Arbitrary<NonNullable<ChatRequest["reasoning"]>>,
    maxTokens: fc.integer({ min: 1, max: 100_000 }),
    temperature: amount,
    topP: amount,
    topK: fc.nat({ max: 100 }),
    stop: fc.array(someText, { maxLength: 3 }),
    seed: fc.integer(),
    presencePenalty: amount,
    frequencyPenalty: amount,
    choiceCount: fc.integer({ min: 1, max: 4 }),
    logprobs: record({ top: fc.nat({ max: 20 }) }),
    user: word,
    serviceTier: fc.constantFrom("auto", "flex"),
    includeUsage: fc.boolean(),
  },
);

export const usage: fc.Arbitrary<Usage> = record(
  { promptTokens: tokenCount, completionTokens: tokenCount, totalTokens: tokenCount },
  {
    cachedTokens: tokenCount,
    cacheWriteTokens: record({ "": tokenCount }) as fc.Arbitrary<Record<string, number>>,
    reasoningTokens: tokenCount,
    promptAudioTokens: tokenCount,
    completionAudioTokens: tokenCount,
    acceptedPredictionTokens: tokenCount,
    rejectedPredictionTokens: tokenCount,
    serviceTier: fc.constantFrom("default", "priority"),
    estimated: fc.constant(true as const),
  },
).filter(({ promptTokens, completionTokens, totalTokens, reasoningTokens = 0 }) => {
  // A total that has reasoning on top of the completion says that the completion is without it.
  const apart = promptTokens + completionTokens + reasoningTokens;
  return reasoningTokens === 0 || totalTokens !== apart;
});

const answerText = record(
  { type: fc.constant("text" as const), text: someText },
  {
    annotations: fc.array(citation, { minLength: 1, maxLength: 2 }),
    signature: base64,
    logprobs: fc.array(logprob, { minLength: 1, maxLength: 2 }),
  },
);

/** Any parts in any order. */
export const freeContent: fc.Arbitrary<readonly ChoicePart[]> = fc.array(
  fc.oneof(answerText, refusalPart, reasoningPart, toolCallPart),
  { maxLength: 5 },
);

/** Reasoning, one text, one refusal, calls: what a wire with one message per choice can say. */
export const flatContent: fc.Arbitrary<readonly ChoicePart[]> = fc
  .tuple(
    fc.array(reasoningPart, { maxLength: 3 }),
    fc.array(answerText, { maxLength: 1 }),
    fc.array(refusalPart, { maxLength: 1 }),
    toolCallParts,
  )
  .map((parts) => parts.flat());

export function finishFor(content: readonly ChoicePart[]): FinishReason {
  return content.some((part) => part.type === "tool-call") ? "tool_calls" : "stop";
}

export function choice(content: fc.Arbitrary<readonly ChoicePart[]>): fc.Arbitrary<Choice> {
  return fc
    .tuple(content, fc.constantFrom("length", "content_filter", undefined), fc.boolean())
    .map(([parts, reason, raw]) => ({
      content: parts,
      finishReason: reason ?? finishFor(parts),
      ...(raw && { rawFinishReason: "vendor_word" }),
    }));
}

export function chatResponse(
  content: fc.Arbitrary<readonly ChoicePart[]>,
): fc.Arbitrary<ChatResponse> {
  return record(
    {
      id: word,
      model: word,
      choices: fc.array(choice(content), { minLength: 1, maxLength: 3 }),
    },
    { created: fc.integer({ min: 1, max: 2_000_000_000 }), usage },
  );
}

/** Words that no vendor trims, joins or refuses as blank. */
export const spoken: fc.Arbitrary<string> = text.map((inner) => `a${inner}z`);

export interface ConversationLimits {
  readonly system: boolean;
  readonly turns: boolean;
  readonly tools: boolean;
}

const said = (words: string) => [{ type: "text" as const, text: words }];

const answerTurn = (limits: ConversationLimits): fc.Arbitrary<readonly Message[]> => {
  const words = spoken.map((one): Message[] => [{ role: "assistant", content: said(one) }]);
  if (!limits.tools) return words;
  const plainCall = toolCallPart.map(({ signature: _, ...call }) => call);
  const calls = fc.uniqueArray(plainCall, { selector: ({ id }) => id, minLength: 1, maxLength: 3 });
  const called = fc
    .tuple(fc.option(spoken, { nil: undefined }), calls, fc.array(spoken, { minLength: 3 }), spoken)
    .map(([before, parts, results, after]): Message[] => [
      { role: "assistant", content: [...(before === undefined ? [] : said(before)), ...parts] },
      ...parts.map(
        ({ id }, index): Message => ({
          role: "tool",
          callId: id,
          content: said(results[index] ?? ""),
        }),
      ),
      { role: "assistant", content: said(after) },
    ]);
  return fc.oneof(words, called);
};

/** A conversation as vendors want it: asked and answered in turn, every call with its result, ids unlike. */
export function conversation(limits: ConversationLimits): fc.Arbitrary<readonly Message[]> {
  const question = spoken.map((words): Message => ({ role: "user", content: said(words) }));
  const turn = fc.tuple(question, answerTurn(limits)).map(([asked, answer]) => [asked, ...answer]);
  const head = spoken.map((words): Message[] => [{ role: "system", content: said(words) }]);
  return fc
    .tuple(
      limits.system ? fc.option(head, { nil: [] }) : fc.constant([]),
      fc.array(turn, { maxLength: limits.turns ? 3 : 0 }),
      question,
    )
    .map(([system, turns, last]) => [...system, ...turns.flat(), last])
    .filter((messages) => unlike(messages));
}

/** Across a conversation too, an id names one call. */
function unlike(messages: readonly Message[]): boolean {
  const ids = messages.flatMap((one) => (one.role === "tool" ? [one.callId] : []));
  return new Set(ids).size === ids.length;
}

/** With four cache points at most, none of an hour: it must not follow one of five minutes. */
export function withFewCaches(chat: ChatRequest): ChatRequest {
  let points = 0;
  return JSON.parse(JSON.stringify(chat), (key, value) => {
    if (key !== "cache") return value;
    points++;
    if (points > 4) return undefined;
    return value.ttl === "1h" ? { ttl: "5m" } : value;
  });
}
