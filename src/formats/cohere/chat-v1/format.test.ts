import { describe, expect, test } from "bun:test";
import { collect } from "../../../chat/collect.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Message } from "../../../chat/message.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import { cohereChatV1 } from "./format.ts";

const said = (role: "system" | "user" | "assistant", text: string): Message => ({
  role,
  content: [{ type: "text", text }],
});

function encoded(members: Partial<ChatRequest>) {
  const messages = [said("user", "Hi")];
  const chat = { kind: "chat", model: "m", messages, stream: false, ...members } as const;
  const { wire, notices } = cohereChatV1.encodeRequest(chat);
  return { wire, told: notices.map(({ kind, field }) => `${kind} ${field}`) };
}

describe("a request", () => {
  test("keeps system turns as what they are", () => {
    const { wire, told } = encoded({
      messages: [
        said("system", "Be brief."),
        said("user", "Hi"),
        said("system", "Be briefer."),
        said("assistant", "Hello"),
        said("user", "Bye"),
      ],
    });
    expect(wire).toMatchObject({
      preamble: "Be brief.",
      chat_history: [
        { role: "USER", message: "Hi" },
        { role: "SYSTEM", message: "Be briefer." },
        { role: "CHATBOT", message: "Hello" },
      ],
      message: "Bye",
    });
    expect(told).toEqual([]);
  });

  test("has no history when one thing was said", () => {
    const { wire } = encoded({});
    expect(wire).toEqual({ model: "m", stream: false, message: "Hi" });
  });

  test("ends with the results of tools, together", () => {
    const call = (id: string, city: string) =>
      ({ type: "tool-call", id, name: "weather", arguments: JSON.stringify({ city }) }) as const;
    const { wire } = encoded({
      messages: [
        said("user", "Lisbon or Oslo?"),
        { role: "assistant", content: [call("a", "Lisbon"), call("b", "Oslo")] },
        { role: "tool", callId: "b", content: [{ type: "text", text: "cold" }] },
        { role: "tool", callId: "a", content: [{ type: "text", text: '{"celsius":21}' }] },
      ],
    });
    expect(wire).toMatchObject({
      message: "",
      chat_history: [{ role: "USER" }, { role: "CHATBOT" }],
      tool_results: [
        { call: { parameters: { city: "Oslo" } }, outputs: [{ output: "cold" }] },
        { call: { parameters: { city: "Lisbon" } }, outputs: [{ celsius: 21 }] },
      ],
    });
  });

  test("says when a schema is deeper than parameter definitions", () => {
    const tool = (properties: JsonObject) =>
      ({ type: "function", name: "f", parameters: { type: "object", properties } }) as const;
    const flat = encoded({ tools: [tool({ a: { type: "integer", description: "A" } })] });
    expect(flat.wire["tools"]).toMatchObject([
      { parameter_definitions: { a: { type: "int", description: "A" } } },
    ]);
    expect(flat.told).toEqual([]);
    const deep = encoded({ tools: [tool({ a: { type: "string", enum: ["x"] } })] });
    expect(deep.told).toEqual(["approximated tools[0].function.parameters"]);
  });

  test("hides the tools that may not be called", () => {
    const tools = [{ type: "function", name: "f" } as const];
    const { wire, told } = encoded({ tools, toolChoice: { type: "none" } });
    expect(wire).not.toHaveProperty("tools");
    expect(told).toEqual([]);
  });
});

describe("a stream", () => {
  function events(...frames: readonly JsonObject[]): readonly ChatEvent[] {
    const decoder = cohereChatV1.streamDecoder({ contentType: "application/stream+json" });
    const text = frames.map((frame) => JSON.stringify(frame)).join("\n");
    return [...decoder.push(new TextEncoder().encode(text)), ...decoder.end()];
  }

  const start = { event_type: "stream-start", generation_id: "g" };
  const end = (response: JsonObject) => ({ event_type: "stream-end", response });

  test("is counted as billed, or by the older count", () => {
    const billed = { meta: { billed_units: { input_tokens: 3, output_tokens: 2 } } };
    expect(collect(events(start, end(billed))).usage).toMatchObject({ totalTokens: 5 });
    const counted = { token_count: { prompt_tokens: 4, response_tokens: 2, total_tokens: 6 } };
    expect(collect(events(start, end(counted))).usage).toMatchObject({ totalTokens: 6 });
    expect(collect(events(start, end({}))).usage).toBeUndefined();
  });

  test("reads calls once, in pieces or whole", () => {
    const piece = (delta: JsonObject) => ({
      event_type: "tool-calls-chunk",
      tool_call_delta: delta,
    });
    const tool_calls = [
      { name: "f", parameters: { a: 1 } },
      { name: "g", parameters: {} },
    ];
    const { choices } = collect(
      events(
        start,
        piece({ text: "I will look." }),
        piece({ index: 0, name: "f" }),
        piece({ index: 0, parameters: '{"a":' }),
        piece({ index: 0, parameters: "1}" }),
        { event_type: "tool-calls-generation", text: "I will look.", tool_calls },
        { ...end({ tool_calls }), finish_reason: "COMPLETE" },
      ),
    );
    expect(choices).toMatchObject([
      {
        content: [
          { type: "text", text: "I will look." },
          { id: "call_0_g", name: "f", arguments: '{"a":1}' },
          { id: "call_1_g", name: "g", arguments: "{}" },
        ],
        finishReason: "tool_calls",
        rawFinishReason: "COMPLETE",
      },
    ]);
  });

  test("cites the documents that were found", () => {
    const documents = [
      { id: "doc_0", title: "Penguins", url: "https://example.com/", snippet: "Tall." },
    ];
    const citation = { start: 0, end: 2, text: "It", document_ids: ["doc_0"] };
    const { choices } = collect(
      events(
        start,
        { event_type: "search-results", documents },
        { event_type: "text-generation", text: "It is." },
        { event_type: "citation-generation", citations: [citation] },
        end({ finish_reason: "COMPLETE" }),
      ),
    );
    expect(choices[0]?.content).toMatchObject([
      { annotations: [{ title: "Penguins", url: "https://example.com/", quote: "Tall." }] },
    ]);
  });
});
