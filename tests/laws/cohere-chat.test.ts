import fc from "fast-check";
import type { Annotation } from "../../src/chat/message.ts";
import type { ChatResponse, ChoicePart } from "../../src/chat/response.ts";
import { cohereChat } from "../../src/formats/cohere/chat/format.ts";
import { jsonArguments, record, someText, text, word } from "./arbitraries.ts";
import { cohereRequest } from "./cohere-arbitraries.ts";
import { holdLaws } from "./hold-laws.ts";

const count = fc.nat({ max: 10_000 });

/** A citation as Cohere tells it, of the whole of `said`. */
function citationOf(said: string): Annotation {
  const raw = {
    start: 0,
    end: said.length,
    text: said,
    sources: [
      { type: "document", id: "doc:1", document: { title: "Facts", url: "https://a.example/" } },
    ],
    content_index: 0,
    type: "TEXT_CONTENT",
  };
  const span = { start: 0, end: said.length };
  return { type: "citation", title: "Facts", url: "https://a.example/", ...span, raw };
}

const proof = fc
  .tuple(
    text,
    fc.array(fc.double({ min: -9, max: -0.5, noNaN: true }), { minLength: 1, maxLength: 2 }),
  )
  .map(([token, logprobs]) => ({
    token,
    logprob: logprobs.reduce((sum, value) => sum + value, 0),
    bytes: null,
    top_logprobs: [],
    token_ids: logprobs.map((_, i) => i),
    ...(logprobs.length !== 1 && { logprobs }),
  }));

const textPart: fc.Arbitrary<ChoicePart> = fc
  .tuple(someText, fc.boolean(), fc.option(fc.array(proof, { minLength: 1, maxLength: 2 })))
  .map(([said, isCited, logprobs]) => ({
    type: "text",
    text: said,
    ...(isCited && { annotations: [citationOf(said)] }),
    ...(logprobs && { logprobs }),
  }));

const thinking: fc.Arbitrary<ChoicePart> = record({
  type: fc.constant("reasoning" as const),
  text: someText,
});

const call: fc.Arbitrary<ChoicePart> = record({
  type: fc.constant("tool-call" as const),
  id: word,
  name: word,
  arguments: jsonArguments,
});

/** Thinking, then a text, or a plan and calls. */
const content: fc.Arbitrary<readonly ChoicePart[]> = fc.oneof(
  fc.tuple(fc.array(thinking, { maxLength: 2 }), textPart).map(([before, said]) => {
    // A citation names its place among the content items.
    return [...before, said].map((part, i) => placed(part, i));
  }),
  fc
    .tuple(
      fc.array(thinking, { maxLength: 1 }),
      fc.option(someText),
      fc.array(call, { minLength: 1, maxLength: 3 }),
    )
    .map(([before, plan, calls]): ChoicePart[] => [
      ...before,
      ...(plan === null ? [] : [{ type: "text", text: plan } as const]),
      ...calls,
    ]),
);

function placed(part: ChoicePart, item: number): ChoicePart {
  if (part.type !== "text" || !part.annotations) return part;
  const annotations = part.annotations.map((annotation) => ({
    ...annotation,
    raw: { ...annotation.raw, content_index: item },
  }));
  return { ...part, annotations };
}

const answers: fc.Arbitrary<ChatResponse> = fc
  .tuple(
    word,
    content,
    fc.constantFrom("STOP_SEQUENCE", "MAX_TOKENS", "ERROR"),
    fc.option(fc.tuple(count, count)),
  )
  .map(([id, parts, word, units]) => {
    const called = parts.some((part) => part.type === "tool-call");
    const reasons = {
      STOP_SEQUENCE: "stop",
      MAX_TOKENS: "length",
      ERROR: "content_filter",
    } as const;
    const reason = reasons[word as keyof typeof reasons];
    return {
      id,
      model: "",
      choices: [
        {
          content: parts,
          finishReason: called && reason === "stop" ? "tool_calls" : reason,
          rawFinishReason: word,
        },
      ],
      ...(units && {
        usage: {
          promptTokens: units[0],
          completionTokens: units[1],
          totalTokens: units[0] + units[1],
          native: { tokens: { input_tokens: units[0] + 60, output_tokens: units[1] } },
        },
      }),
    };
  });

const frameType = fc.constantFrom(
  "message-start",
  "content-start",
  "content-delta",
  "content-end",
  "tool-plan-delta",
  "tool-call-start",
  "tool-call-delta",
  "tool-call-end",
  "citation-start",
  "message-end",
);
const member = fc.constantFrom("content", "tool_calls", "tool_plan", "citations");

holdLaws(cohereChat, {
  requests: cohereRequest,
  answers,
  frames: fc
    .tuple(frameType, member, fc.jsonValue(), fc.option(fc.nat({ max: 2 })))
    .map(([type, key, value, index]) => ({
      type,
      ...(index !== null && { index }),
      delta: { message: { [key]: value }, finish_reason: value, usage: value },
    })),
  members: ["messages", "tools", "tool_choice", "thinking", "response_format"],
});
