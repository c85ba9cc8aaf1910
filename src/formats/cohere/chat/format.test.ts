import { describe, expect, test } from "bun:test";
import { collect } from "../../../chat/collect.ts";
import { GatewayError } from "../../../chat/error.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Message } from "../../../chat/message.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import { cohereChat } from "./format.ts";

const user: Message = { role: "user", content: [{ type: "text", text: "Hi" }] };

function encoded(members: Partial<ChatRequest>) {
  const chat = { kind: "chat", model: "m", messages: [user], stream: false, ...members } as const;
  const { wire, notices } = cohereChat.encodeRequest(chat);
  return { wire, told: notices.map(({ kind, field }) => `${kind} ${field}`) };
}

/** Citations without `content_index`: of the text, of the thinking, and of a plan. */
const UNPLACED = [undefined, "THINKING_CONTENT", "PLAN"].map((type) => ({
  start: 0,
  end: 5,
  text: "Hello",
  sources: [{ type: "document", id: "d" }],
  ...(type !== undefined && { type }),
}));

const f = { type: "function", name: "f", parameters: { type: "object" } } as const;

describe("a request", () => {
  test("shows only the tool that is demanded", () => {
    const { wire, told } = encoded({
      tools: [f, { ...f, name: "g" }],
      toolChoice: { type: "tool", name: "g" },
    });
    expect(wire).toMatchObject({
      tools: [{ function: { name: "g" } }],
      tool_choice: "REQUIRED",
    });
    expect(told).toEqual(["approximated tool_choice"]);
  });

  test("has one strictness for all tools", () => {
    const mixed = encoded({ tools: [{ ...f, strict: true }, f] });
    expect(mixed.wire["strict_tools"]).toBe(true);
    expect(mixed.told).toEqual(["approximated tools"]);
    expect(encoded({ tools: [{ ...f, strict: false }] }).wire["strict_tools"]).toBe(false);
    expect(encoded({ tools: [f] }).wire).not.toHaveProperty("strict_tools");
  });

  test("keeps numbers within Cohere's ranges", () => {
    const { wire, told } = encoded({
      topP: 1,
      topK: 900,
      presencePenalty: -1,
      frequencyPenalty: 2,
    });
    expect(wire).toMatchObject({ p: 0.99, k: 500, presence_penalty: 0, frequency_penalty: 1 });
    expect(told).toHaveLength(4);
  });

  test("moves a tool's picture behind the results, keeps its JSON as a document", () => {
    const png = {
      type: "file",
      mediaType: "image/png",
      source: { kind: "base64", data: "AA==" },
    } as const;
    const json = {
      type: "file",
      mediaType: "application/json",
      name: "facts",
      source: { kind: "base64", data: btoa('{"celsius":21}') },
    } as const;
    const call = (id: string) => ({ type: "tool-call", id, name: "f", arguments: "" }) as const;
    const { wire, told } = encoded({
      messages: [
        user,
        { role: "assistant", content: [call("a"), call("b")] },
        { role: "tool", callId: "a", content: [png] },
        { role: "tool", callId: "b", content: [json] },
      ],
    });
    const messages = wire["messages"] as JsonObject[];
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "tool", "user"]);
    expect(messages[1]).toMatchObject({ tool_calls: [{ function: { arguments: "{}" } }, {}] });
    expect(messages[3]?.["content"]).toEqual([
      { type: "document", document: { data: { celsius: 21 }, id: "facts" } },
    ]);
    expect(messages[4]?.["content"]).toMatchObject([{ type: "image_url" }]);
    expect(told).toEqual(["approximated messages[2].content"]);
  });

  test("reads a text document into the message", () => {
    const source = { kind: "base64", data: btoa("a,b\n1,2") } as const;
    const csv = { type: "file", mediaType: "text/csv", name: "t.csv", source } as const;
    const { wire, told } = encoded({ messages: [{ role: "user", content: [csv] }] });
    expect(wire["messages"]).toEqual([
      { role: "user", content: [{ type: "text", text: "t.csv\n\na,b\n1,2" }] },
    ]);
    expect(told).toEqual(["approximated messages[0].content[0]"]);
  });

  test("wraps a custom tool's free text", () => {
    const call = {
      type: "tool-call",
      id: "a",
      name: "py",
      arguments: "print 1",
      custom: true,
    } as const;
    const { wire } = encoded({ messages: [user, { role: "assistant", content: [call] }] });
    expect(wire["messages"]).toMatchObject([
      {},
      { tool_calls: [{ function: { arguments: '{"input":"print 1"}' } }] },
    ]);
  });

  test("is patched under Cohere's names, and left alone when nothing changes", () => {
    const wire = { model: "m", messages: [], p: 0.5, safety_mode: "OFF" };
    expect(cohereChat.patchRequest(wire, { topP: 0.5, includeUsage: true })).toBe(wire);
    expect(cohereChat.patchRequest(wire, { topK: 3, maxTokens: 9 })).toEqual({
      ...wire,
      k: 3,
      max_tokens: 9,
    });
  });
});

describe("an answer", () => {
  const decode = (wire: JsonObject) => cohereChat.decodeResponse(wire);

  function thrown(wire: JsonObject): unknown {
    try {
      return decode(wire);
    } catch (error) {
      return error;
    }
  }

  test("of no known shape is told of in the reference's words", () => {
    expect(thrown({ id: "x" })).toMatchObject({
      code: "upstream_bad_response",
      message: "'text' or 'generations' missing from cohere response body",
    });
    expect(thrown({ message: "no" })).toMatchObject({ code: "upstream_error", message: "no" });
    expect(thrown({ message: "no" })).toBeInstanceOf(GatewayError);
    expect(cohereChat.undecodable).toBe("failed to decode cohere response");
  });

  test.each([
    ["COMPLETE", "stop"],
    ["STOP_SEQUENCE", "stop"],
    ["MAX_TOKENS", "length"],
    ["TIMEOUT", "length"],
    ["TOOL_CALL", "tool_calls"],
    ["ERROR", "content_filter"],
    ["ERROR_TOXIC", "content_filter"],
    ["SOMETHING_NEW", "stop"],
  ] as const)("that ends with %s ends with %s", (word, reason) => {
    const { choices } = decode({ message: { content: [] }, finish_reason: word });
    expect(choices).toEqual([{ content: [], finishReason: reason, rawFinishReason: word }]);
  });

  test("has a citation that names no item at its first text, and in a request too", () => {
    const content = [
      { type: "thinking", thinking: "Hm." },
      { type: "text", text: "Hello you" },
      { type: "text", text: "Hello" },
    ];
    const message = { role: "assistant", content, citations: UNPLACED };
    const parts = [
      { type: "reasoning", text: "Hm." },
      { text: "Hello you", annotations: [{ start: 0, end: 5 }] },
      { text: "Hello" },
    ];
    const inAnswer = decode({ message }).choices[0]?.content;
    const inRequest = cohereChat.decodeRequest({ messages: [message] }).messages[0]?.content;
    expect(inAnswer).toMatchObject(parts);
    expect(inRequest).toMatchObject(parts);
    for (const said of [inAnswer, inRequest]) {
      expect(said?.[1]).toHaveProperty("annotations.length", 1);
      expect(said?.[2]).not.toHaveProperty("annotations");
    }
  });

  test("is billed as Cohere bills it", () => {
    const tokens = { input_tokens: 71, output_tokens: 9 };
    const billed_units = { input_tokens: 5, output_tokens: 7 };
    const usageOf = (usage: JsonObject) => decode({ message: {}, usage }).usage;
    expect(usageOf({ billed_units, tokens, cached_tokens: 3 })).toEqual({
      promptTokens: 5,
      completionTokens: 7,
      totalTokens: 12,
      cachedTokens: 3,
      native: { tokens },
    });
    expect(usageOf({ tokens })).toEqual({ promptTokens: 71, completionTokens: 9, totalTokens: 80 });
    expect(usageOf({})).toBeUndefined();
  });
});

describe("a stream", () => {
  function events(...frames: readonly JsonObject[]): readonly ChatEvent[] {
    const decoder = cohereChat.streamDecoder({ contentType: "text/event-stream" });
    const text = frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join("");
    return [...decoder.push(new TextEncoder().encode(text)), ...decoder.end()];
  }

  const start = { type: "message-start", id: "m" };
  const said = (text: string, index = 0) => ({
    type: "content-delta",
    index,
    delta: { message: { content: { text } } },
  });
  const end = { type: "message-end", delta: { finish_reason: "COMPLETE" } };

  test("is read without the events that only announce", () => {
    expect(collect(events(said("Hi"), end)).choices).toMatchObject([
      { content: [{ type: "text", text: "Hi" }], finishReason: "stop" },
    ]);
  });

  test("takes a citation that follows the end of its text, in our units", () => {
    const citation = { start: 2, end: 5, text: "Ada", sources: [{ type: "document", id: "d" }] };
    const { choices } = collect(
      events(
        start,
        said("🐧 Ada"),
        { type: "content-end", index: 0 },
        { type: "citation-start", index: 0, delta: { message: { citations: citation } } },
        { type: "citation-end", index: 0 },
        end,
      ),
    );
    expect(choices[0]?.content).toMatchObject([
      { text: "🐧 Ada", annotations: [{ start: 3, end: 6, raw: citation }] },
    ]);
  });

  test("gives a citation that names no item to the text that is open", () => {
    const thought = (thinking: string) => ({
      type: "content-delta",
      index: 0,
      delta: { message: { content: { thinking } } },
    });
    const cite = (wire: JsonObject) => ({
      type: "citation-start",
      index: 0,
      delta: { message: { citations: wire } },
    });
    const frames = [thought("Hm."), said("Hello you", 1), ...UNPLACED.map(cite), end];
    expect(collect(events(start, ...frames)).choices[0]?.content).toMatchObject([
      { type: "reasoning", text: "Hm." },
      { text: "Hello you", annotations: [{ start: 0, end: 5 }] },
    ]);
  });

  test("gives a call without an id one of its own", () => {
    const call = (name: string) => ({ function: { name, arguments: "{}" } });
    const frames = ["f", "g"].map((name, index) => ({
      type: "tool-call-start",
      index,
      delta: { message: { tool_calls: call(name) } },
    }));
    const { choices } = collect(events(start, ...frames, end));
    expect(choices[0]).toMatchObject({
      content: [{ id: "call_0_m" }, { id: "call_1_m" }],
      finishReason: "tool_calls",
    });
  });

  test("that ends in an error is an error", () => {
    const failure = {
      type: "message-end",
      delta: { finish_reason: "ERROR", error: "out of luck" },
    };
    expect(events(start, said("Hi"), failure).at(-1)).toMatchObject({
      type: "error",
      error: { code: "upstream_error", message: "out of luck" },
    });
    expect(events({ message: "internal server error" })).toMatchObject([
      { type: "error", error: { message: "internal server error" } },
    ]);
  });
});
