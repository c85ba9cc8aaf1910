import { expect, test } from "bun:test";
import fc from "fast-check";
import { collect } from "../../src/chat/collect.ts";
import type { JsonObject } from "../../src/chat/json.ts";
import { jsonArrayEncoder } from "../../src/formats/gemini-generate/encode-stream.ts";
import { geminiGenerate } from "../../src/formats/gemini-generate/format.ts";
import { openaiChat } from "../../src/formats/openai-chat/format.ts";
import { CONTEXT, decodeStream, encodeStream, framed } from "./format-laws.ts";
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
