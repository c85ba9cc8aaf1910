import fc from "fast-check";
import type { JsonObject } from "../../src/chat/json.ts";
import type { Annotation, FilePart, Message, ReasoningPart } from "../../src/chat/message.ts";
import type { ChatRequest, ReasoningRequest, Tool, ToolChoice } from "../../src/chat/request.ts";
import type { ChatResponse, Choice, ChoicePart } from "../../src/chat/response.ts";
import type { Usage } from "../../src/chat/usage.ts";
import { cachePoint, jsonArguments, record, refusalPart, someText, word } from "./arbitraries.ts";

/** Canonical values narrowed to what Anthropic's Messages can say without loss. */

const constant = <const T>(value: T) => fc.constant(value);
const base64 = fc.base64String({ minLength: 4, maxLength: 16 }).filter((text) => text !== "");

/** A citation is known by the vendor's own object. */
const citation: fc.Arbitrary<Annotation> = record(
  { url: fc.webUrl(), title: someText, cited_text: someText },
  {},
).map(({ url, title, cited_text }) => ({
  type: "citation",
  title,
  url,
  quote: cited_text,
  raw: { type: "web_search_result_location", url, title, cited_text, encrypted_index: "e" },
}));

const reasoning: fc.Arbitrary<ReasoningPart> = fc.oneof(
  record({ type: constant("reasoning"), text: someText, signature: base64 }),
  record({ type: constant("reasoning"), text: constant(""), redacted: base64 }),
);

const text = record(
  { type: constant("text"), text: someText },
  { annotations: fc.array(citation, { minLength: 1, maxLength: 2 }) },
);

const toolCall = record({
  type: constant("tool-call"),
  id: word,
  name: word,
  arguments: jsonArguments,
});

const file: fc.Arbitrary<FilePart> = fc.oneof(
  record(
    {
      type: constant("file"),
      mediaType: fc.constantFrom("image/png", "image/jpeg"),
      source: record({ kind: constant("base64"), data: base64 }),
    },
    { cache: cachePoint },
  ),
  record({
    type: constant("file"),
    mediaType: constant("image/*"),
    source: fc.oneof(
      record({ kind: constant("url"), url: fc.webUrl() }),
      record({ kind: constant("id"), id: word }),
    ),
  }),
  record(
    {
      type: constant("file"),
      mediaType: constant("application/pdf"),
      source: fc.oneof(
        record({ kind: constant("base64"), data: base64 }),
        record({ kind: constant("url"), url: fc.webUrl() }),
      ),
    },
    { name: someText, cache: cachePoint },
  ),
);

/** The API refuses blank text in a request, so it is not written. */
const saidText = someText.filter((said) => said.trim() !== "");

const requestText = record(
  { type: constant("text"), text: saidText },
  { cache: cachePoint, annotations: fc.array(citation, { minLength: 1, maxLength: 2 }) },
);

const said = fc.array(fc.oneof(requestText, file), { minLength: 1, maxLength: 3 });

/** Roles take turns; tool results follow the turn that called, ahead of words. */
const exchange: fc.Arbitrary<readonly Message[]> = fc
  .tuple(
    said,
    fc.array(fc.oneof(reasoning, requestText, toolCall), { minLength: 1, maxLength: 4 }),
    fc.array(
      record(
        { role: constant("tool"), callId: word, content: fc.oneof(said, constant([])) },
        { failed: constant(true) },
      ),
      { maxLength: 2 },
    ),
  )
  .map(([user, assistant, results]) => {
    const asked: Message = { role: "user", content: user };
    const answered: Message = { role: "assistant", content: assistant };
    return results.length === 0
      ? [asked, answered]
      : [asked, answered, ...results, ...answeredBy()];
    function answeredBy(): Message[] {
      return [{ role: "assistant", content: [{ type: "text", text: "done" }] }];
    }
  });

const system = record({
  role: constant("system"),
  content: fc.array(record({ type: constant("text"), text: saidText }, { cache: cachePoint }), {
    minLength: 1,
    maxLength: 2,
  }),
});

const question = record({
  role: constant("user"),
  content: fc.tuple(record({ type: constant("text"), text: saidText }, { cache: cachePoint })),
});

/** A last question too: newer models go on with no words of their own. */
const messages: fc.Arbitrary<readonly Message[]> = fc
  .tuple(fc.array(system, { maxLength: 1 }), fc.array(exchange, { maxLength: 2 }), question)
  .map(([first, rest, last]) => [...first, ...rest.flat(), last]);

/** No model thinks when it is made to call a tool. */
export function thinksWhenForced({ reasoning, toolChoice }: ChatRequest): boolean {
  return reasoning?.adaptive === true && /required|tool/.test(toolChoice?.type ?? "");
}

const closed: JsonObject = {
  type: "object",
  properties: { a: { type: "string" } },
  additionalProperties: false,
};

const tool: fc.Arbitrary<Tool> = fc.oneof(
  record(
    { type: constant("function"), name: word, parameters: constant(closed) },
    { description: someText, strict: constant(true), cache: cachePoint },
  ),
  record({
    type: constant("vendor"),
    format: constant("anthropic-messages"),
    wire: constant({ type: "web_search_20250305", name: "web_search" }),
  }),
);

const toolChoice = fc.oneof(
  record({ type: fc.constantFrom("auto", "none", "required") }),
  record({ type: constant("tool"), name: word }),
) as fc.Arbitrary<ToolChoice>;

const withTools = fc.oneof(
  constant({}),
  record({ tools: fc.array(tool, { minLength: 1, maxLength: 2 }) }, { toolChoice }),
  record({
    tools: fc.array(tool, { minLength: 1, maxLength: 2 }),
    toolChoice: fc.oneof(
      record({ type: fc.constantFrom("auto", "required") }),
    ) as fc.Arbitrary<ToolChoice>,
    parallelToolCalls: constant(false),
  }),
);

/** What a model that thinks adaptively can be asked. */
const adaptive: fc.Arbitrary<ReasoningRequest> = fc.oneof(
  record({ effort: constant("none") }),
  record(
    { adaptive: constant(true) },
    { effort: fc.constantFrom("low", "medium", "high", "xhigh", "max"), includeText: fc.boolean() },
  ),
);

const unit = fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0);
const sampling = record({}, { temperature: unit, topP: unit, topK: fc.nat({ max: 100 }) });

export const chatRequest: fc.Arbitrary<ChatRequest> = fc
  .tuple(
    record(
      { messages, stream: fc.boolean(), maxTokens: fc.integer({ min: 1, max: 100_000 }) },
      {
        responseFormat: constant({ type: "json-schema", name: "output", schema: closed } as const),
        stop: fc.array(word, { maxLength: 3 }),
        user: word,
        serviceTier: fc.constantFrom("auto", "default"),
        extra: constant({ inference_geo: "eu" }),
      },
    ),
    withTools,
    fc.oneof(
      record({ model: constant("claude-opus-4-8") }, { reasoning: adaptive }),
      sampling.map((members) => ({ ...members, model: "claude-opus-4" })),
    ),
  )
  .map(([{ responseFormat, extra, ...rest }, tools, generation]) => ({
    kind: "chat",
    ...rest,
    ...tools,
    ...generation,
    ...(rest.stream && { includeUsage: true }),
    ...(extra && { extra, extraFormat: "anthropic-messages" }),
    ...(responseFormat && generation.model === "claude-opus-4-8" && { responseFormat }),
  }));

export const strictOnOld = (chat: ChatRequest) =>
  chat.model === "claude-opus-4" &&
  (chat.tools ?? []).some((tool) => tool.type === "function" && tool.strict);

const tokens = fc.nat({ max: 100_000 });

const usage: fc.Arbitrary<Usage> = record(
  {
    plain: tokens,
    cachedTokens: tokens,
    completionTokens: tokens,
  },
  {
    writes: record({
      "5m": fc.integer({ min: 1, max: 999 }),
      "1h": fc.integer({ min: 1, max: 999 }),
    }),
    reasoningTokens: tokens,
    serviceTier: fc.constantFrom("standard", "priority", "batch"),
  },
).map(({ plain, writes, ...counted }) => {
  const promptTokens = plain + counted.cachedTokens + (writes ? writes["5m"] + writes["1h"] : 0);
  return {
    ...counted,
    promptTokens,
    totalTokens: promptTokens + counted.completionTokens,
    ...(writes && { cacheWriteTokens: { ...writes } }),
  };
});

/** What the report at a stream's end can say. */
export const streamUsage = ({ cacheWriteTokens, serviceTier: _, ...counted }: Usage): Usage => {
  const written = Object.values(cacheWriteTokens ?? {}).reduce((sum, count) => sum + count, 0);
  return written === 0 ? counted : { ...counted, cacheWriteTokens: { "": written } };
};

const WORDS = {
  end_turn: "stop",
  stop_sequence: "stop",
  pause_turn: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
} as const;

const choice: fc.Arbitrary<Choice> = fc
  .tuple(
    fc.array(fc.oneof(text, reasoning, toolCall), { maxLength: 5 }),
    fc.constantFrom(...(Object.keys(WORDS) as (keyof typeof WORDS)[])),
    fc.option(refusalPart, { freq: 4 }),
  )
  .map(([content, raw, refusal]): Choice => {
    if (!refusal) return { content, finishReason: WORDS[raw], rawFinishReason: raw };
    const refused: readonly ChoicePart[] = [...content, refusal];
    return { content: refused, finishReason: "content_filter", rawFinishReason: "refusal" };
  });

export const answers: fc.Arbitrary<ChatResponse> = record({
  id: word,
  model: word,
  choices: choice.map((only) => [only]),
  usage,
});
