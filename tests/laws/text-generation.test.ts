import { expect, test } from "bun:test";
import fc from "fast-check";
import { expand } from "../../src/chat/expand.ts";
import { grammarViolation } from "../../src/chat/grammar.ts";
import type { ChatRequest } from "../../src/chat/request.ts";
import type { ChatResponse } from "../../src/chat/response.ts";
import { huggingfaceGenerate } from "../../src/formats/tgi/huggingface/format.ts";
import { llama2Raw, mistralRaw } from "../../src/formats/tgi/llama2/format.ts";
import { record, someText, text, word } from "./arbitraries.ts";
import { bytesOf, CONTEXT, decodeStream } from "./format-laws.ts";
import { holdAnswerLaws, holdLaws } from "./hold-laws.ts";

const FORMATS = [huggingfaceGenerate, llama2Raw, mistralRaw];
const count = fc.nat({ max: 10_000 });

const requests: fc.Arbitrary<ChatRequest> = record(
  {
    kind: fc.constant("completion" as const),
    model: fc.constant(""),
    messages: text.map((words) => [
      { role: "user" as const, content: [{ type: "text" as const, text: words }] },
    ]),
    stream: fc.boolean(),
  },
  {
    maxTokens: fc.integer({ min: 1, max: 4000 }),
    temperature: fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0),
    topP: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
    topK: fc.integer({ min: 1, max: 500 }),
    stop: fc.array(someText, { maxLength: 3 }),
    seed: fc.integer({ min: 1, max: 1_000_000 }),
    frequencyPenalty: fc.double({ min: -1, max: 1, noNaN: true }).map((value) => value + 0),
    logprobs: record({ top: fc.integer({ min: 1, max: 5 }) }),
    responseFormat: fc.constantFrom<NonNullable<ChatRequest["responseFormat"]>>(
      { type: "json" },
      { type: "json-schema", name: "response", schema: { type: "string" } },
    ),
  },
);

/** Words without blanks at either end: a raw prompt's answer has none. */
const words = someText.map((value) => `a${value}b`);

const answers: fc.Arbitrary<ChatResponse> = fc
  .tuple(
    words,
    fc.constantFrom("eos_token", "stop_sequence", "length"),
    fc.option(fc.tuple(count, count)),
  )
  .map(([said, raw, tokens]) => ({
    id: "",
    model: "",
    choices: [
      {
        content: [{ type: "text", text: said }],
        ...(raw === "length"
          ? { finishReason: "length" }
          : { finishReason: "stop", rawFinishReason: raw }),
      },
    ],
    ...(tokens && {
      usage: {
        promptTokens: tokens[0],
        completionTokens: tokens[1],
        totalTokens: tokens[0] + tokens[1],
      },
    }),
  }));

const member = fc.constantFrom(
  "token",
  "top_tokens",
  "generated_text",
  "details",
  "error",
  "usage",
);
const frames = fc
  .tuple(member, fc.jsonValue(), word)
  .map(([key, value, said]) => ({ token: { text: said }, [key]: value }));

holdLaws(huggingfaceGenerate, {
  requests,
  inRequest: (chat) => ({
    ...chat,
    extra: { parameters: { return_full_text: false, details: true } },
    extraFormat: "huggingface-generate",
  }),
  members: ["inputs", "parameters", "stream"],
  answers,
  frames,
});
// A prompt is put into a template, which nobody takes off again.
holdAnswerLaws(llama2Raw, { answers, frames });
holdAnswerLaws(mistralRaw, { answers, frames });

test("huggingface-generate: what it has no seat for goes back as it came", () => {
  const wire = {
    inputs: "Hi",
    parameters: {
      return_full_text: true,
      details: false,
      watermark: true,
      grammar: { type: "regex", value: "a+" },
    },
    options: { use_cache: false },
    stream: false,
  };
  const chat = huggingfaceGenerate.decodeRequest(wire);
  expect(huggingfaceGenerate.encodeRequest(chat)).toEqual({ wire, notices: [] });
});

test.each(FORMATS)("$name: an answer in a list is the answer", (format) => {
  fc.assert(
    fc.property(answers, (answer) => {
      const whole = bytesOf(JSON.stringify([format.encodeResponse(answer, CONTEXT)]));
      expect(decodeStream(format, whole, "application/json")).toEqual(expand(answer));
    }),
  );
});

test.each(FORMATS)("$name: blanks around an answer are the same streamed and whole", (format) => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(" ", "\n", "a", "b ", " c", ""), { minLength: 1 }),
      (pieces) => {
        const frames = [...pieces, undefined].map((piece) =>
          piece === undefined
            ? {
                token: { id: 2, text: "</s>", special: true },
                generated_text: pieces.join(""),
                details: { finish_reason: "eos_token", generated_tokens: 1, input_length: 1 },
              }
            : {
                token: { id: 1, text: piece, special: false },
                generated_text: null,
                details: null,
              },
        );
        const stream = frames.map((wire) => `data:${JSON.stringify(wire)}\n\n`).join("");
        const events = decodeStream(format, new TextEncoder().encode(stream));
        const said = events
          .map((event) => (event.type === "text-delta" ? event.text : ""))
          .join("");
        const whole = format.decodeResponse({ generated_text: pieces.join("") });
        expect(said).toBe(
          whole.choices[0]?.content.map((part) => ("text" in part ? part.text : "")).join("") ?? "",
        );
        expect(grammarViolation(events)).toBeUndefined();
      },
    ),
  );
});

test("an error in a stream ends it, with its own words", () => {
  const stream = `data:{"token":{"text":"a"}}\n\ndata:{"error":"Request failed","error_type":"generation"}\n\n`;
  const events = decodeStream(llama2Raw, new TextEncoder().encode(stream));
  expect(events.at(-1)).toMatchObject({
    type: "error",
    error: { code: "upstream_error", message: "Request failed" },
  });
});

test("alternatives of a token are log probabilities, where they were asked for", () => {
  const token = { id: 1, text: "a", logprob: -0.5, special: false };
  const other = { id: 2, text: "b", logprob: -2, special: false };
  const stream = [
    { token, top_tokens: [token, other] },
    {
      token: { ...token, special: true },
      generated_text: "a",
      details: { finish_reason: "length" },
    },
  ];
  const bytes = stream.map((wire) => `data:${JSON.stringify(wire)}\n\n`).join("");
  const logprobs = [
    {
      token: "a",
      logprob: -0.5,
      bytes: null,
      top_logprobs: [
        { token: "a", logprob: -0.5, bytes: null },
        { token: "b", logprob: -2, bytes: null },
      ],
    },
  ];
  expect(decodeStream(huggingfaceGenerate, new TextEncoder().encode(bytes))).toContainEqual({
    type: "text-delta",
    index: 0,
    text: "a",
    logprobs,
  });
  const details = { finish_reason: "length", tokens: [token], top_tokens: [[token, other]] };
  const whole = huggingfaceGenerate.decodeResponse({ generated_text: "a", details });
  expect(whole.choices[0]?.content).toEqual([{ type: "text", text: "a", logprobs }]);
  const encoded = huggingfaceGenerate.encodeResponse(whole, CONTEXT);
  expect(huggingfaceGenerate.decodeResponse(JSON.parse(JSON.stringify(encoded)))).toEqual(whole);
});
