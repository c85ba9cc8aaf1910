import { expect, test } from "bun:test";
import fc from "fast-check";
import { collect } from "../../src/chat/collect.ts";
import type { JsonObject } from "../../src/chat/json.ts";
import { jsonArrayEncoder } from "../../src/formats/gemini/encode-stream.ts";
import { geminiGenerate } from "../../src/formats/gemini/format.ts";
import { openaiChat } from "../../src/formats/openai/chat/format.ts";
import { CONTEXT, decodeStream, encodeStream, framed, textOf } from "./format-laws.ts";
import { geminiAnswer, geminiRequest } from "./gemini-arbitraries.ts";
import { holdLaws, type LawMatter } from "./hold-laws.ts";

const member = fc.constantFrom(
  "candidates",
  "content",
  "parts",
  "functionCall",
  "thoughtSignature",
  "groundingMetadata",
  "logprobsResult",
  "finishReason",
  "promptFeedback",
  "usageMetadata",
);

const matter: LawMatter = {
  requests: geminiRequest,
  // The model is told by the URL.
  inRequest: (chat) => ({ ...chat, model: "" }),
  answers: geminiAnswer,
  frames: fc.tuple(member, fc.jsonValue()).map(([name, value]) => ({
    candidates: [
      { content: { parts: [{ text: "a", [name]: value }], [name]: value }, [name]: value },
    ],
    [name]: value,
  })),
  members: [
    "contents",
    "system_instruction",
    "systemInstruction",
    "tools",
    "toolConfig",
    "generationConfig",
  ],
  values: fc.oneof(
    fc.jsonValue(),
    fc
      .tuple(
        fc.constantFrom("parts", "role", "functionDeclarations", "thinkingConfig"),
        fc.jsonValue(),
      )
      .map(([name, value]) => ({ [name]: value })),
  ),
};

holdLaws(geminiGenerate, matter);

/** Without `alt=sse` the chunks are the elements of one array. */
const inArray = {
  ...geminiGenerate,
  name: "gemini-generate in an array",
  streamContentType: "application/json",
  streamEncoder: jsonArrayEncoder,
};
holdLaws(inArray, matter);

/** What a client keeps of an answer for its next turn. */
function messageOf({ choices }: JsonObject): JsonObject {
  const [choice] = choices as [{ message: JsonObject }];
  return choice.message;
}

const whole = (wire: JsonObject) =>
  openaiChat.encodeResponse(geminiGenerate.decodeResponse(wire), CONTEXT);

function streamed(wire: JsonObject): JsonObject {
  const events = decodeStream(geminiGenerate, framed(geminiGenerate, [wire]));
  const shown = collect(decodeStream(openaiChat, encodeStream(openaiChat, events)));
  return openaiChat.encodeResponse(shown, CONTEXT);
}

test.each([
  ["whole", whole],
  ["streamed", streamed],
])("signatures come back over turns with an OpenAI client, %s", (_, shown) => {
  const turns = [1, 2, 3].map((n) => [
    { text: `Hm ${n}`, thought: true, thoughtSignature: `dGhvdWdodA${n}=` },
    { functionCall: { id: `c${n}`, name: "f", args: { n } }, thoughtSignature: `Y2FsbA${n}=` },
  ]);
  const question = { role: "user", content: "Where?" };
  const messages = turns.flatMap((parts, i): JsonObject[] => [
    messageOf(shown({ candidates: [{ content: { parts }, finishReason: "STOP" }] })),
    { role: "tool", tool_call_id: `c${i + 1}`, content: "21" },
  ]);
  const chat = openaiChat.decodeRequest({ model: "gemini-3", messages: [question, ...messages] });
  const { wire, notices } = geminiGenerate.encodeRequest(chat);
  const contents = Array.isArray(wire.contents) ? wire.contents : [];
  expect(contents.filter(({ role }) => role === "model").map(({ parts }) => parts)).toEqual(turns);
  expect(notices).toEqual([]);
});

const prose = fc.string({
  unit: fc.constantFrom("a", "é", "東", "😀", " "),
  minLength: 1,
  maxLength: 6,
});
const between = fc.constantFrom<JsonObject>(
  { text: "Hm", thought: true },
  { executableCode: { language: "PYTHON", code: "1" } },
);

/** Texts with other parts between them, the last one signed or not. */
const cited = fc
  .tuple(fc.array(fc.tuple(prose, between), { maxLength: 2 }), prose, fc.constantFrom("", "c2ln"))
  .map(([pairs, last, signature]): JsonObject[] => [
    ...pairs.flatMap(([text, other]) => [{ text }, other]),
    { text: last, ...(signature !== "" && { thoughtSignature: signature }) },
  ]);

/** A support for the first word of every text. */
function groundingOf(parts: readonly JsonObject[]): JsonObject {
  return {
    groundingChunks: [{ web: { uri: "https://a.example/" } }],
    groundingSupports: parts.flatMap(({ text, thought }, partIndex) => {
      if (typeof text !== "string" || thought === true) return [];
      const endIndex = new TextEncoder().encode(text).length;
      return [{ segment: { partIndex, endIndex }, groundingChunkIndices: [0] }];
    }),
  };
}

/** One chunk a character of a text; a signature comes with the last. */
function chunksOf(parts: readonly JsonObject[]): JsonObject[] {
  return parts.flatMap((part) => {
    if (typeof part.text !== "string" || part.thought === true) return [part];
    const letters = Array.from(part.text, (text) => ({ text }));
    return [...letters.slice(0, -1), { ...part, ...letters.at(-1) }];
  });
}

interface Shown {
  readonly content?: string;
  readonly annotations?: readonly { url_citation: { start_index: number; end_index: number } }[];
}

/** What a client that joins the chunks of a stream has of it. */
function joinedDeltas(chunks: readonly JsonObject[]): Shown {
  const events = decodeStream(geminiGenerate, framed(geminiGenerate, chunks));
  const frames = textOf(encodeStream(openaiChat, events)).match(/^data: \{.*$/gm) ?? [];
  const deltas = frames.flatMap((frame): Shown[] => {
    const { choices } = JSON.parse(frame.slice("data: ".length));
    return choices.map(({ delta }: { delta: Shown }) => delta);
  });
  return {
    content: deltas.map(({ content = "" }) => content).join(""),
    annotations: deltas.flatMap(({ annotations = [] }) => annotations),
  };
}

function placesOf({ content = "", annotations = [] }: Shown) {
  return annotations
    .map(({ url_citation: { start_index: start, end_index: end } }) => ({
      start,
      words: content.slice(start, end),
    }))
    .sort((a, b) => a.start - b.start);
}

test("sources stand with the same words in a whole answer and in a stream", () => {
  fc.assert(
    fc.property(cited, fc.boolean(), (parts, isLate) => {
      const last = { finishReason: "STOP", groundingMetadata: groundingOf(parts) };
      const answer = placesOf(messageOf(whole({ candidates: [{ content: { parts }, ...last }] })));
      const texts = parts.flatMap(({ text, thought }) =>
        typeof text === "string" && thought !== true ? [text] : [],
      );
      expect(answer.map(({ words }) => words)).toEqual(texts);
      const pieces = [...chunksOf(parts), ...(isLate ? [{ text: "" }] : [])];
      const chunks = pieces.map((part, i): JsonObject => {
        const more = i === pieces.length - 1 ? last : {};
        return { candidates: [{ content: { parts: [part] }, ...more }] };
      });
      expect(placesOf(joinedDeltas(chunks))).toEqual(answer);
    }),
  );
});
