import fc from "fast-check";
import { jsonArrayEncoder } from "../../src/formats/gemini-generate/encode-stream.ts";
import { geminiGenerate } from "../../src/formats/gemini-generate/format.ts";
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
