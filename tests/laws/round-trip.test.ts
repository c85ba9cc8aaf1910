import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FIDELITY_TABLES } from "../../docs/fidelity-tables.ts";
import { expand } from "../../src/chat/expand.ts";
import type { Message } from "../../src/chat/message.ts";
import type { ChatRequest } from "../../src/chat/request.ts";
import type { ChatResponse } from "../../src/chat/response.ts";
import type { Capability } from "../../src/formats/capabilities.ts";
import { FORMATS } from "../../src/formats/registry.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";
import { conversation, finishFor, record, spoken, toolCallParts, word } from "./arbitraries.ts";
import { CONTEXT, throughJson, throughStream } from "./format-laws.ts";

const RUNS = { seed: 20_260_101, numRuns: 100 } as const;

/** Their client side is the server's: one prompt that already is in the model's own template. */
const PROMPT_ONLY = new Set(["llama2-raw", "llama2-raw-by-position", "mistral-raw"]);

/** Calls have no ids on these wires; a result belongs to the call at its place. */
const WITHOUT_IDS = new Set(["cohere-chat-v1", "ollama-chat"]);

function holds({ name }: WireFormat, capability: Capability): boolean {
  const how = FIDELITY_TABLES.get(name)?.[capability].how;
  return how === "kept" || how === "mapped";
}

/** Who said what in which order; calls by id where the wire has ids, else by place. */
function told(messages: readonly Message[], keepsIds: boolean): unknown[] {
  const places = new Map<string, number>();
  const nameOf = (id: string) => (keepsIds ? id : places.get(id));
  return messages.flatMap((message): unknown[] => {
    if (message.role === "tool") return [["result", nameOf(message.callId), wordsOf(message)]];
    return message.content.map((part) => {
      if (part.type === "text") return [message.role, part.text];
      if (part.type !== "tool-call") return [part];
      places.set(part.id, places.size);
      return ["call", nameOf(part.id), part.name, JSON.parse(part.arguments)];
    });
  });
}

function wordsOf({ content }: Message): string {
  return content.map((part) => ("text" in part ? part.text : "")).join("");
}

function requestsOf(format: WireFormat): fc.Arbitrary<ChatRequest> {
  const messages = conversation({
    system: holds(format, "system"),
    turns: holds(format, "multi-turn"),
    tools: holds(format, "tools") && holds(format, "tool-results"),
  });
  return messages.map((one) => {
    const names = one.flatMap((message) =>
      message.role === "assistant"
        ? message.content.flatMap((part) => (part.type === "tool-call" ? [part.name] : []))
        : [],
    );
    const tools = [...new Set(names)].map((name) => ({
      type: "function" as const,
      name,
      parameters: { type: "object", properties: {} },
    }));
    const base = { kind: "chat", model: "m", messages: one, stream: false } as const;
    return tools.length > 0 ? { ...base, tools } : base;
  });
}

/** An answer's words and calls; a plain one and a streamed one may differ in nothing of it. */
function answered(answer: ChatResponse, keepsIds: boolean): unknown {
  return answer.choices.map(({ content, finishReason }) => ({
    text: content.map((part) => (part.type === "text" ? part.text : "")).join(""),
    calls: content.flatMap((part) =>
      part.type === "tool-call"
        ? [[keepsIds ? part.id : "", part.name, JSON.parse(part.arguments)]]
        : [],
    ),
    finishReason,
  }));
}

function answersOf(format: WireFormat): fc.Arbitrary<ChatResponse> {
  const calls = holds(format, "tools")
    ? toolCallParts.map((parts) => parts.map(({ signature: _, ...call }) => call))
    : fc.constant([]);
  const content = fc
    .tuple(spoken, calls)
    .map(([text, parts]) => [{ type: "text" as const, text }, ...parts]);
  const choice = fc.tuple(content, fc.boolean()).map(([parts, isCut]) => ({
    content: parts,
    finishReason: isCut && parts.length === 1 ? ("length" as const) : finishFor(parts),
  }));
  return record(
    { id: word, model: word, choices: fc.array(choice, { minLength: 1, maxLength: 1 }) },
    { created: fc.constant(1_600_000_000) },
  );
}

for (const format of FORMATS) {
  const keepsIds = !WITHOUT_IDS.has(format.name);

  describe(format.name, () => {
    const isSpokenByClients = !PROMPT_ONLY.has(format.name);
    if (isSpokenByClients)
      test("a conversation goes out and comes back", () => {
        fc.assert(
          fc.property(requestsOf(format), (chat) => {
            const { wire, notices } = format.encodeRequest(chat);
            expect(notices).toEqual([]);
            const back = format.decodeRequest(throughJson(wire));
            expect(told(back.messages, keepsIds)).toEqual(told(chat.messages, keepsIds));
          }),
          RUNS,
        );
      });

    test("an answer goes out and comes back, whole and streamed alike", () => {
      fc.assert(
        fc.property(answersOf(format), (answer) => {
          const wire = throughJson(format.encodeResponse(answer, CONTEXT));
          const whole = answered(format.decodeResponse(wire), keepsIds);
          expect(whole).toEqual(answered(answer, keepsIds));
          expect(answered(throughStream(format, expand(answer)), keepsIds)).toEqual(whole);
        }),
        RUNS,
      );
    });
  });
}

test("a template's prompt holds every word, in order", () => {
  for (const name of PROMPT_ONLY) {
    const format = FORMATS.find((one) => one.name === name);
    if (!format) throw new Error(`no format ${name}`);
    const [first, second] = ["Aye?", "Bee!"];
    const { wire } = format.encodeRequest({
      kind: "chat",
      model: "m",
      messages: [
        { role: "user", content: [{ type: "text", text: first }] },
        { role: "assistant", content: [{ type: "text", text: second }] },
        { role: "user", content: [{ type: "text", text: first }] },
      ],
      stream: false,
    });
    const words = String(wire["inputs"]).match(/Aye\?|Bee!/g);
    expect(words).toEqual([first, second, first]);
  }
});
