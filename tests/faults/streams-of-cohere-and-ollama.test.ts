import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { collect } from "../../src/chat/collect.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { grammarViolation } from "../../src/chat/grammar.ts";
import { cohereChat } from "../../src/formats/cohere/chat/format.ts";
import { cohereChatV1 } from "../../src/formats/cohere/chat-v1/format.ts";
import { cohereGenerate } from "../../src/formats/cohere/generate/format.ts";
import { ollamaChat } from "../../src/formats/ollama/chat/format.ts";
import { ollamaGenerate } from "../../src/formats/ollama/generate/format.ts";
import type { WireFormat } from "../../src/formats/wire-format.ts";
import { type Lab, startLab } from "../../src/lab/lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
});
afterAll(() => lab.stop());

const WIRES: readonly (readonly [WireFormat, string])[] = [
  [cohereChat, "/v2/chat"],
  [cohereChatV1, "/v1/chat"],
  [cohereGenerate, "/v1/generate"],
  [ollamaChat, "/api/chat"],
  [ollamaGenerate, "/api/generate"],
];

/** The events of one streamed call to the lab, decoded as they arrive. */
async function eventsOf(format: WireFormat, path: string, model: string): Promise<ChatEvent[]> {
  const { wire } = format.encodeRequest({
    kind: "chat",
    model,
    messages: [{ role: "user", content: [{ type: "text", text: "Grüße an 東京, bitte" }] }],
    stream: true,
  });
  const reply = await fetch(lab.url + path, { method: "POST", body: JSON.stringify(wire) });
  const contentType = (reply.headers.get("content-type") ?? "").split(";")[0] ?? "";
  const decoder = format.streamDecoder({ contentType });
  const events: ChatEvent[] = [];
  for await (const chunk of reply.body ?? []) events.push(...decoder.push(chunk));
  events.push(...decoder.end());
  return events;
}

/** Written in another manner, but all there. */
const HARMLESS = [
  "split-utf8",
  "split-every-byte",
  "one-write",
  "comments",
  "crlf",
  "finish-twice",
  "no-done",
  "json-for-stream",
  "gzip",
  "trailers",
];

test("a stream of cohere-chat is the same answer without its last blank line", async () => {
  const plain = await eventsOf(cohereChat, "/v2/chat", "lab/multibyte");
  const events = await eventsOf(cohereChat, "/v2/chat", "lab/multibyte+unterminated-event");
  expect(collect(events).choices).toEqual(collect(plain).choices);
});

const BREAKS: Readonly<Record<string, string>> = {
  "error-in-stream": "upstream_error",
  "error-first": "upstream_error",
  "eof-mid-stream": "upstream_truncated",
  "done-without-finish": "upstream_truncated",
  "bad-json": "upstream_bad_response",
  "empty-200": "upstream_truncated",
};

describe.each(WIRES.map(([format, path]) => [format.name, format, path] as const))(
  "a stream of %s",
  (_name, format, path) => {
    test.each(HARMLESS)("is the same answer with %s", async (trait) => {
      const plain = await eventsOf(format, path, "lab/multibyte");
      const events = await eventsOf(format, path, `lab/multibyte+${trait}`);
      expect(grammarViolation(events)).toBeUndefined();
      const { choices, usage } = collect(events);
      const expected = collect(plain);
      expect(choices).toEqual(expected.choices);
      expect(usage).toEqual(expected.usage);
    });

    test("goes on after its finish", async () => {
      const plain = collect(await eventsOf(format, path, "lab/multibyte"));
      const events = await eventsOf(format, path, "lab/multibyte+content-after-finish");
      expect(grammarViolation(events)).toBeUndefined();
      const { choices } = collect(events);
      const textOf = (all: typeof choices) =>
        all[0]?.content.map((part) => ("text" in part ? part.text : "")).join("") ?? "";
      expect(textOf(choices).startsWith(textOf(plain.choices))).toBe(true);
      expect(textOf(choices).length).toBeGreaterThan(textOf(plain.choices).length);
      expect(choices[0]?.finishReason).toBe(plain.choices[0]?.finishReason);
    });

    test.each(Object.entries(BREAKS))("with %s ends in %s", async (trait, code) => {
      const events = await eventsOf(format, path, `lab/multibyte+${trait}`);
      expect(grammarViolation(events)).toBeUndefined();
      expect(events.at(-1)).toMatchObject({ type: "error", error: { code } });
      expect(events.filter(({ type }) => type === "finish")).toEqual([]);
    });
  },
);
