import fc from "fast-check";
import type { JsonObject } from "../../src/chat/json.ts";
import type { AssistantPart, FilePart, Message, TextPart } from "../../src/chat/message.ts";
import type { ChatRequest, FunctionTool } from "../../src/chat/request.ts";
import { record, someText, spoken, toolChoice, word } from "./arbitraries.ts";

/**
 * Requests that OpenAI takes and others are known to refuse in some point: blank texts, turns of one
 * role in a row, an assistant who speaks first or last, instructions alone, tools without schemas or
 * with unusual ones, and parameters at their ends.
 */

const BLANKS = ["", " ", "\n", " \t\n"] as const;

const words: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: spoken },
  { weight: 1, arbitrary: fc.constantFrom(...BLANKS) },
  { weight: 1, arbitrary: spoken.map((one) => `${one} \n`) },
);

const textPart: fc.Arbitrary<TextPart> = record(
  { type: fc.constant("text" as const), text: words },
  { cache: record({}, { ttl: fc.constantFrom("5m", "1h") }) },
);

const PNG = "iVBORw0KGgo=";

const filePart: fc.Arbitrary<FilePart> = fc.constantFrom(
  { type: "file", mediaType: "image/png", source: { kind: "base64", data: PNG } },
  { type: "file", mediaType: "image/jpeg", source: { kind: "base64", data: PNG } },
  { type: "file", mediaType: "image/*", source: { kind: "base64", data: "/9j/4AAQ" } },
  { type: "file", mediaType: "image/bmp", source: { kind: "base64", data: "Qk0AAAAA" } },
  { type: "file", mediaType: "application/pdf", source: { kind: "base64", data: "JVBERi0=" } },
  {
    type: "file",
    mediaType: "application/pdf",
    source: { kind: "base64", data: "JVBERi0=" },
    name: "a  report (final).v2.pdf",
  },
  { type: "file", mediaType: "text/plain", source: { kind: "base64", data: "aGVsbG8=" } },
);

const userTurn: fc.Arbitrary<Message> = fc
  .array(fc.oneof({ weight: 3, arbitrary: textPart }, { weight: 1, arbitrary: filePart }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((content) => ({ role: "user", content }));

const systemTurn: fc.Arbitrary<Message> = fc
  .array(textPart, { maxLength: 2 })
  .map((content) => ({ role: "system", content }));

const CALL_ARGUMENTS = ["{}", "", " ", "null", '{"city":"Oslo"}', '{"a":[1,null]}'] as const;
const CALL_IDS = ["call_1", "functions.get:0", "chatcmpl-tool-1", "a b/c", "x".repeat(80)] as const;
const RESULTS = ["21", "", " \n", '{"t":21}', "[1]", "null", "sunny"] as const;

/** An assistant's turn, its calls answered in any order. */
const assistantTurns: fc.Arbitrary<readonly Message[]> = fc
  .record({
    said: fc.array(textPart, { maxLength: 2 }),
    refusal: fc.option(someText, { nil: undefined, freq: 6 }),
    thought: fc.option(someText, { nil: undefined, freq: 6 }),
    calls: fc.uniqueArray(
      fc.record({
        id: fc.oneof(fc.constantFrom(...CALL_IDS), word),
        name: word,
        args: fc.constantFrom(...CALL_ARGUMENTS),
        result: fc.constantFrom(...RESULTS),
        place: fc.nat(),
      }),
      { selector: ({ id }) => id, maxLength: 3 },
    ),
  })
  .map(({ said, refusal, thought, calls }): readonly Message[] => {
    const content: AssistantPart[] = [
      ...(thought === undefined ? [] : [{ type: "reasoning", text: thought } as const]),
      ...said,
      ...(refusal === undefined ? [] : [{ type: "refusal", text: refusal } as const]),
      ...calls.map(
        ({ id, name, args }) => ({ type: "tool-call", id, name, arguments: args }) as const,
      ),
    ];
    const results = calls
      .toSorted((a, b) => a.place - b.place)
      .map(
        ({ id, result }): Message => ({
          role: "tool",
          callId: id,
          content: [{ type: "text", text: result }],
        }),
      );
    return [{ role: "assistant", content }, ...results];
  });

const conversation: fc.Arbitrary<readonly Message[]> = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: userTurn.map((one): readonly Message[] => [one]) },
      { weight: 1, arbitrary: systemTurn.map((one): readonly Message[] => [one]) },
      { weight: 3, arbitrary: assistantTurns },
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((turns) => turns.flat())
  .filter(saysSomething)
  .filter(namesEachCallOnce);

/** Someone's words, which every dialect has a seat for. */
function saysSomething(messages: readonly Message[]): boolean {
  return messages.some(
    ({ role, content }) =>
      (role === "user" || role === "system") &&
      content.some((part) => part.type === "text" && part.text.trim() !== ""),
  );
}

function namesEachCallOnce(messages: readonly Message[]): boolean {
  const ids = messages.flatMap((one) => (one.role === "tool" ? [one.callId] : []));
  return new Set(ids).size === ids.length;
}

const CITY: JsonObject = { type: "string", description: "A city.", minLength: 1 };
const byCity: JsonObject = { type: "object", properties: { city: CITY }, required: ["city"] };
const byPlace: JsonObject = {
  type: "object",
  properties: { lat: { type: "number" }, lon: { type: "number" } },
  required: ["lat", "lon"],
};

/** Schemas as generators of the field write them. */
export const SCHEMAS: readonly JsonObject[] = [
  {},
  { type: "object" },
  { type: "object", properties: {}, required: [] },
  byCity,
  { properties: { city: CITY } },
  { anyOf: [byCity, byPlace] },
  { oneOf: [byCity, byPlace], description: "Where." },
  { allOf: [byCity, byPlace] },
  { ...byCity, anyOf: [{ required: ["city"] }, { required: ["zip"] }] },
  {
    ...byCity,
    additionalProperties: false,
    $schema: "https://json-schema.org/draft/2020-12/schema",
  },
  {
    type: "object",
    properties: { place: { $ref: "#/$defs/place" } },
    $defs: { place: { anyOf: [byCity, byPlace, { type: "null" }] } },
  },
  { $ref: "#/$defs/place", $defs: { place: byCity } },
  { type: "string" },
  { type: "object", properties: { $filter: { type: "string" }, top: {} }, required: ["$filter"] },
  { ...byCity, required: ["city", "zip"] },
  {
    type: "object",
    properties: { unit: { type: "string", enum: ["", "c"] }, n: { enum: [1, 2] } },
  },
  { type: "object", properties: { at: { type: "object" }, on: { type: "boolean", enum: [true] } } },
  {
    type: "object",
    properties: { pair: { type: "array", items: [{ type: "string" }, { type: "number" }] } },
    additionalProperties: { type: "string" },
    patternProperties: { "^x-": {} },
    not: { required: ["x"] },
  },
  { type: ["object", "null"], properties: { tags: { type: "array" } } },
  {
    type: "object",
    properties: {
      kind: { const: "a" },
      unit: { enum: ["c", "f", null] },
      size: { type: "integer", exclusiveMinimum: 0, format: "uint8" },
      when: { type: "string", format: "date" },
      both: { type: ["string", "number"] },
      free: {},
    },
  },
];

const schema = fc.constantFrom(...SCHEMAS);

const tool: fc.Arbitrary<FunctionTool> = record(
  { type: fc.constant("function" as const), name: word },
  {
    description: words,
    parameters: schema,
    strict: fc.boolean(),
    cache: record({}, { ttl: fc.constantFrom("5m", "1h") }),
  },
);

const amount = fc.constantFrom(0, 0.2, 0.5, 0.99, 1, 1.5, 2);

export const awkwardRequest: fc.Arbitrary<ChatRequest> = record(
  {
    kind: fc.constant("chat" as const),
    model: fc.constant(""),
    messages: conversation,
    stream: fc.boolean(),
  },
  {
    tools: fc.uniqueArray(tool, { selector: ({ name }) => name, maxLength: 3 }),
    toolChoice,
    parallelToolCalls: fc.boolean(),
    responseFormat: fc.oneof(
      record({ type: fc.constantFrom("text" as const, "json" as const) }),
      record(
        { type: fc.constant("json-schema" as const), name: word, schema },
        { description: words, strict: fc.boolean() },
      ),
    ) as fc.Arbitrary<NonNullable<ChatRequest["responseFormat"]>>,
    reasoning: record({
      effort: fc.constantFrom("none", "minimal", "low", "medium", "high", "xhigh", "max"),
    }) as fc.Arbitrary<NonNullable<ChatRequest["reasoning"]>>,
    maxTokens: fc.constantFrom(1, 16, 1024, 1025, 5000, 100_000),
    temperature: amount,
    topP: fc.constantFrom(0, 0.01, 0.5, 0.95, 1),
    topK: fc.constantFrom(0, 1, 40, 600),
    stop: fc.array(words, { maxLength: 7 }),
    seed: fc.constantFrom(0, 7, -1, 2 ** 40),
    presencePenalty: fc.constantFrom(-2, 0, 0.5, 2),
    frequencyPenalty: fc.constantFrom(-2, 0, 0.5, 2),
    choiceCount: fc.constant(1),
    logprobs: record({ top: fc.constantFrom(0, 5, 20) }),
    user: word,
    serviceTier: fc.constantFrom("auto", "default", "flex", "priority"),
  },
).map(withOfferedChoice);

/** A legacy completion: one prompt, and the same awkward parameters. */
export const awkwardCompletion: fc.Arbitrary<ChatRequest> = fc
  .tuple(awkwardRequest, spoken)
  .map(([{ tools: _, toolChoice: __, responseFormat: ___, ...chat }, words]) => ({
    ...chat,
    kind: "completion",
    messages: [{ role: "user", content: [{ type: "text", text: words }] }],
  }));

/** A choice names a tool that is offered, or there is none: a client's own mistake is its vendor's to tell. */
function withOfferedChoice({ toolChoice: choice, ...chat }: ChatRequest): ChatRequest {
  const names = (chat.tools ?? []).flatMap((one) => (one.type === "function" ? [one.name] : []));
  const [name] = names;
  if (choice === undefined) return chat;
  switch (choice.type) {
    case "auto":
    case "none":
      return { ...chat, toolChoice: choice };
    case "required":
      return name === undefined ? chat : { ...chat, toolChoice: choice };
    case "tool":
      return name === undefined ? chat : { ...chat, toolChoice: { ...choice, name } };
    case "allowed":
      return name === undefined ? chat : { ...chat, toolChoice: { ...choice, names: [name] } };
  }
}
