import fc from "fast-check";
import type { FilePart, Message, TextPart } from "../../src/chat/message.ts";
import type { ChatRequest, Tool } from "../../src/chat/request.ts";
import type { ChatResponse, ChoicePart } from "../../src/chat/response.ts";
import { bedrockConverse } from "../../src/formats/bedrock/format.ts";
import { encodeAwsMessage } from "../../src/framing/aws-event-stream-encoder.ts";
import {
  cachePoint,
  functionTool,
  jsonArguments,
  record,
  someText,
  text,
  usage,
  withFewCaches,
  word,
} from "./arbitraries.ts";
import { bytesOf } from "./format-laws.ts";
import { holdLaws } from "./hold-laws.ts";

const blob = fc.base64String({ minLength: 4, maxLength: 16 });
const fits = (value: string) => value.trim() !== "";
const saidText = someText.filter(fits);
/** A result that is no JSON: that is written otherwise and comes back in its own spelling. */
const plainText = saidText.filter((value) => !value.trim().startsWith("{"));

const textPart: fc.Arbitrary<TextPart> = record(
  { type: fc.constant("text" as const), text: saidText },
  { cache: cachePoint },
);

const file: fc.Arbitrary<FilePart> = fc.oneof(
  record({
    type: fc.constant("file" as const),
    mediaType: fc.constantFrom("image/png", "image/jpeg", "image/webp", "audio/wav", "video/mp4"),
    source: fc.oneof(
      record({ kind: fc.constant("base64" as const), data: blob }),
      record({ kind: fc.constant("url" as const), url: word.map((key) => `s3://bucket/${key}`) }),
    ),
  }),
);

const documents = fc
  .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), { maxLength: 2 })
  .map((names) =>
    names.map(
      (name): FilePart => ({
        type: "file",
        mediaType: "application/pdf",
        source: { kind: "base64", data: "aGk=" },
        name: `${name}.pdf`,
      }),
    ),
  );

const reasoning = fc.oneof(
  record({ type: fc.constant("reasoning" as const), text: someText }, { signature: blob }),
  record({
    type: fc.constant("reasoning" as const),
    text: fc.constant(""),
    redacted: fc.oneof(blob, text),
  }),
);

const call = record({
  type: fc.constant("tool-call" as const),
  id: word,
  name: fc.oneof(word, fc.constantFrom("json_output", "json_output_")),
  arguments: jsonArguments,
});

/** The wire's turns: what may follow what without being merged. */
const exchange: fc.Arbitrary<Message[]> = fc
  .tuple(
    fc.array(
      record(
        {
          role: fc.constant("tool" as const),
          callId: word,
          content: fc.array(
            record({ type: fc.constant("text" as const), text: plainText }, { cache: cachePoint }),
            { minLength: 1, maxLength: 1 },
          ),
        },
        { failed: fc.constant(true as const) },
      ),
      { maxLength: 2 },
    ),
    fc.array(fc.oneof(textPart, file), { minLength: 1, maxLength: 3 }),
    fc.tuple(
      fc.array(reasoning, { maxLength: 2 }),
      fc.array(textPart, { minLength: 1, maxLength: 2 }),
    ),
  )
  .map(([results, said, [thoughts, answer]]) => [
    ...results,
    { role: "user", content: said },
    { role: "assistant", content: [...thoughts, ...answer] },
  ]);

const system: fc.Arbitrary<Message> = record({
  role: fc.constant("system" as const),
  content: textPart.map((part) => [part]),
});

const messages = fc
  .tuple(
    fc.array(system, { maxLength: 2 }),
    fc.array(exchange, { minLength: 1, maxLength: 3 }),
    documents,
    fc.uniqueArray(call, { selector: ({ id }) => id, maxLength: 2 }),
  )
  .map(([prompts, turns, files, calls]): Message[] => [
    ...prompts,
    ...turns.flat(),
    { role: "user", content: [{ type: "text", text: "look" }, ...files] },
    { role: "assistant", content: [{ type: "text", text: "calling" }, ...calls] },
  ]);

const tool = functionTool.map((made): Tool => {
  if (made.type !== "function") return made;
  const { description, parameters, ...rest } = made;
  return {
    ...rest,
    ...(description?.trim() && { description }),
    parameters: parameters ?? { type: "object", properties: {} },
  };
});

const request: fc.Arbitrary<ChatRequest> = record(
  {
    kind: fc.constant("chat" as const),
    model: fc.constant(""),
    messages,
    stream: fc.constant(false),
    tools: fc.array(tool, { minLength: 1, maxLength: 3 }),
  },
  {
    toolChoice: fc.oneof(
      record({ type: fc.constantFrom("auto" as const, "required" as const) }),
      record({ type: fc.constant("tool" as const), name: word }),
    ),
    responseFormat: record(
      {
        type: fc.constant("json-schema" as const),
        name: word,
        schema: fc.constant({ type: "object" }),
      },
      { description: saidText },
    ),
    reasoning: fc.oneof(
      record({ effort: fc.constantFrom("none", "low", "medium", "high", "xhigh", "max") }),
      record({ budgetTokens: fc.integer({ min: 1024, max: 9999 }) }),
      record({ adaptive: fc.constant(true as const) }),
    ) as fc.Arbitrary<NonNullable<ChatRequest["reasoning"]>>,
    maxTokens: fc.integer({ min: 1, max: 100_000 }),
    temperature: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
    topP: fc.double({ min: 0, max: 1, noNaN: true }).map((value) => value + 0),
    topK: fc.nat({ max: 100 }),
    stop: fc.array(someText, { maxLength: 3 }),
    serviceTier: fc.constantFrom("default", "flex", "priority"),
  },
).map((chat) => ({
  ...chat,
  ...{ extra: { guardrailConfig: { guardrailIdentifier: "g" } }, extraFormat: "bedrock-converse" },
}));

/** Names under the underscore that keeps them apart from the tool for structured output. */
function underWireNames(chat: ChatRequest): ChatRequest {
  const renamed = (name: string) => (/^json_output_*$/.test(name) ? `${name}_` : name);
  return {
    ...chat,
    messages: chat.messages.map((message) =>
      message.role === "assistant"
        ? {
            ...message,
            content: message.content.map((part) =>
              part.type === "tool-call" ? { ...part, name: renamed(part.name) } : part,
            ),
          }
        : message,
    ),
  };
}

const citation = record({
  type: fc.constant("citation" as const),
  title: text,
  raw: fc.constant({ title: "", source: "doc" }),
}).map((made) => ({ ...made, raw: { title: made.title, source: "doc" } }));

const part: fc.Arbitrary<ChoicePart> = fc.oneof(
  record(
    { type: fc.constant("text" as const), text: someText },
    { annotations: fc.array(citation, { minLength: 1, maxLength: 2 }) },
  ),
  reasoning,
  record({
    type: fc.constant("tool-call" as const),
    id: word,
    name: word,
    arguments: jsonArguments,
  }),
);

const RAW = {
  stop: "end_turn",
  length: "max_tokens",
  content_filter: "content_filtered",
  tool_calls: "tool_use",
} as const;

const answer: fc.Arbitrary<ChatResponse> = fc
  .tuple(
    fc.array(part, { maxLength: 5 }),
    fc.constantFrom("length", "content_filter", undefined),
    usage,
    fc.boolean(),
    fc.constantFrom("5m", "1h", ""),
  )
  .map(([content, cut, used, reports, ttl]) => {
    const called = content.some(({ type }) => type === "tool-call");
    const finishReason = cut ?? (called ? "tool_calls" : "stop");
    const cached = used.cachedTokens ?? 0;
    const written = used.cacheWriteTokens?.[""];
    return {
      id: "",
      model: "",
      choices: [{ content, finishReason, rawFinishReason: RAW[finishReason] }],
      ...(reports && {
        usage: {
          promptTokens: used.promptTokens + cached + (written ?? 0),
          completionTokens: used.completionTokens,
          totalTokens: used.totalTokens,
          ...(used.cachedTokens !== undefined && { cachedTokens: cached }),
          ...(written !== undefined && { cacheWriteTokens: { [ttl]: written } }),
          ...(used.serviceTier !== undefined && { serviceTier: used.serviceTier }),
        },
      }),
    };
  });

/** The latency is told, in a stream with the usage. */
const LATENCY = { extra: { metrics: { latencyMs: 0 } }, extraFormat: "bedrock-converse" };

const eventType = fc.constantFrom(
  "messageStart",
  "contentBlockStart",
  "contentBlockDelta",
  "contentBlockStop",
  "messageStop",
  "metadata",
  "unheardOf",
);
const member = fc.constantFrom(
  "start",
  "delta",
  "toolUse",
  "reasoningContent",
  "citation",
  "image",
  "source",
  "text",
  "usage",
);

const event = fc
  .tuple(eventType, member, member, fc.nat({ max: 2 }), fc.jsonValue())
  .map(([type, outer, inner, contentBlockIndex, value]) => ({
    type,
    wire: { contentBlockIndex, [outer]: { [inner]: { [inner]: value, text: "a", input: "{" } } },
  }));

holdLaws(bedrockConverse, {
  requests: request.map(withFewCaches),
  inRequest: underWireNames,
  answers: answer,
  inWhole: (response) => ({ ...response, ...LATENCY }),
  inStream: (response) => (response.usage ? { ...response, ...LATENCY } : response),
  frames: event.map(({ type, wire }) =>
    encodeAwsMessage(
      { ":message-type": "event", ":event-type": type },
      bytesOf(JSON.stringify(wire)),
    ),
  ),
  members: [
    "messages",
    "system",
    "toolConfig",
    "inferenceConfig",
    "outputConfig",
    "serviceTier",
    "additionalModelRequestFields",
  ],
});
