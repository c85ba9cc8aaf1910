import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject } from "../../src/chat/json.ts";
import type { ChatRequest } from "../../src/chat/request.ts";
import { FORMATS } from "../../src/formats/registry.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";
import { chatRequest } from "./arbitraries.ts";
import { awkwardCompletion, awkwardRequest } from "./awkward-requests.ts";
import { throughJson } from "./format-laws.ts";

const RUNS = { seed: 20_261_201, numRuns: 300 } as const;

type Turn = readonly [role: string, text: string];

/** Who says what in which order; what one role says in a row is one turn, and empty words are none. */
function turnsOf(texts: readonly Turn[]): readonly Turn[] {
  const turns: [string, string][] = [];
  for (const [role, text] of texts) {
    if (text === "") continue;
    const last = turns.at(-1);
    if (last?.[0] === role) last[1] += text;
    else turns.push([role, text]);
  }
  return turns;
}

function decodedTurns({ messages }: ChatRequest): readonly Turn[] {
  return turnsOf(
    messages.flatMap((message) => {
      const isDeveloper = message.role === "system" && message.developer;
      return message.content.map((part): Turn => {
        return [isDeveloper ? "developer" : message.role, part.type === "text" ? part.text : ""];
      });
    }),
  );
}

function intendedTurns({ intent }: WireFormat, wire: JsonObject): readonly Turn[] {
  const texts = intent.texts(wire) ?? [];
  return turnsOf(
    texts.flatMap(({ role, text, seat }) => (seat === "content" ? [[role, text]] : [])),
  );
}

/** Without refusals, which stand in OpenAI's dialect beside what is said, or in it. */
function withoutRefusals(chat: ChatRequest): ChatRequest {
  const messages = chat.messages.map((message) =>
    message.role === "assistant"
      ? { ...message, content: message.content.filter(({ type }) => type !== "refusal") }
      : message,
  );
  return { ...chat, messages };
}

/** The wire of a request; undefined for one that the dialect refuses. */
function wireOf({ encodeRequest }: WireFormat, chat: ChatRequest): JsonObject | undefined {
  try {
    return throughJson(encodeRequest(chat).wire);
  } catch {
    return undefined;
  }
}

for (const format of FORMATS) {
  describe(format.name, () => {
    test("what a request asks for is what decoding it says", () => {
      let count = 0;
      const anyRequest = fc
        .oneof(chatRequest, awkwardRequest, awkwardCompletion)
        .map(withoutRefusals);
      fc.assert(
        fc.property(anyRequest, (chat) => {
          const wire = wireOf(format, chat);
          if (!wire) return;
          count++;
          const decoded = format.decodeRequest(wire);
          const { intent } = format;
          expect(intent.model(wire, "") ?? "").toBe(decoded.model);
          expect(intent.stream(wire, "")).toBe(decoded.stream);
          expect(intent.choiceCount(wire)).toBe(decoded.choiceCount ?? 1);
          expect(intendedTurns(format, wire)).toEqual(decodedTurns(decoded));
        }),
        RUNS,
      );
      expect(count).toBeGreaterThan(20);
    });
  });
}

const named = (name: string) => {
  const format = FORMATS.find((one) => one.name === name);
  if (!format) throw new Error(`no format is called ${name}`);
  return format.intent;
};

test.each([
  ["bedrock-converse", "/model/anthropic.claude%3A0/converse-stream", "anthropic.claude:0", true],
  ["bedrock-converse", "/model/m/converse", "m", false],
  ["gemini-generate", "/v1beta/models/g:streamGenerateContent", "g", true],
  ["gemini-generate", "/v1beta/models/g:generateContent", "g", false],
  ["huggingface-generate", "/generate_stream", undefined, true],
  ["huggingface-generate", "/generate", undefined, false],
])("%s: %s says what the body does not", (name, path, model, stream) => {
  expect(named(name).model({}, path)).toBe(model);
  expect(named(name).stream({}, path)).toBe(stream);
});

/** Requests that no decoder takes: who judges them must see what they say. */
test.each<[string, JsonObject]>([
  ["openai-chat", { messages: [{ role: "narrator", content: "secret" }] }],
  ["openai-chat", { messages: [{ role: "user", content: [{ type: "odd", deep: ["secret"] }] }] }],
  ["anthropic-messages", { messages: [{ role: "narrator", content: "secret" }] }],
  [
    "anthropic-messages",
    { messages: [{ role: "user", content: [{ type: "odd", at: "secret" }] }] },
  ],
  [
    "anthropic-messages",
    {
      messages: [{ role: "user", content: [{ type: "tool_result", content: { odd: "secret" } }] }],
    },
  ],
  ["bedrock-converse", { messages: [{ role: "user", content: [{ odd: { at: "secret" } }] }] }],
  ["bedrock-converse", { messages: [{ role: "user", content: [{ text: "a" }] }], odd: "secret" }],
  ["gemini-generate", { contents: [{ role: "narrator", parts: [{ text: "secret" }] }] }],
  ["gemini-generate", { contents: { parts: [{ odd: { at: "secret" } }] } }],
  ["cohere-chat", { messages: [{ role: "narrator", content: [{ type: "odd", at: "secret" }] }] }],
  ["cohere-chat-v1", { message: "a", chat_history: [{ role: "NARRATOR", message: "secret" }] }],
  ["ollama-chat", { messages: [{ role: "narrator", content: "secret" }] }],
])("%s: %j is looked at though it does not decode", (name, wire) => {
  const texts = named(name).texts(wire) ?? [];
  expect(texts.some(({ text }) => text.includes("secret"))).toBe(true);
});

test.each<[string, JsonObject]>([
  ["openai-chat", { messages: [{ role: "user", content: [["secret"]] }] }],
  ["openai-completions", { prompt: [1, 2] }],
  ["anthropic-messages", { system: 7, messages: [{ role: "user", content: "a" }] }],
  ["bedrock-converse", { messages: [{ role: "user", content: 7 }] }],
  ["gemini-generate", { contents: "a", systemInstruction: "b", system_instruction: "secret" }],
  ["cohere-chat", { messages: "secret" }],
  ["huggingface-generate", { inputs: ["secret"] }],
])("%s: %j cannot be looked at", (name, wire) => {
  expect(named(name).texts(wire)).toBeUndefined();
});
