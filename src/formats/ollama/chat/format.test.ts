import { describe, expect, test } from "bun:test";
import { collect } from "../../../chat/collect.ts";
import type { ChatEvent } from "../../../chat/event.ts";
import type { JsonObject } from "../../../chat/json.ts";
import type { Message } from "../../../chat/message.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import { ollamaChat } from "./format.ts";

const user: Message = { role: "user", content: [{ type: "text", text: "Hi" }] };

function encoded(members: Partial<ChatRequest>) {
  const chat = { kind: "chat", model: "m", messages: [user], stream: false, ...members } as const;
  const { wire, notices } = ollamaChat.encodeRequest(chat);
  return { wire, told: notices.map(({ kind, field }) => `${kind} ${field}`) };
}

describe("a request", () => {
  test("drops an image that stands only at a URL, and the turn that held nothing else, and says so", () => {
    const source = { kind: "url", url: "https://example.com/cat.png" } as const;
    const image = { type: "file", mediaType: "image/*", source } as const;
    const alone = { role: "user", content: [image] } as const;
    const { wire, told } = encoded({ messages: [user, alone] });
    expect(wire["messages"]).toHaveLength(1);
    expect(told).toEqual(["dropped messages[1].content[0]"]);
    expect(() => encoded({ messages: [alone] })).toThrow("must hold something to answer");
  });

  test("writes arguments as an object, whatever they were, digit for digit", () => {
    const call = (text: string) =>
      ({ type: "tool-call", id: "a", name: "f", arguments: text }) as const;
    const content = [call('{"id":12345678901234567890}'), call("[1]"), call("")];
    const { wire, told } = encoded({ messages: [user, { role: "assistant", content }] });
    expect(JSON.stringify(wire["messages"])).toContain('"arguments":{"id":12345678901234567890}');
    expect(wire["messages"]).toMatchObject([
      {},
      {
        tool_calls: [
          {},
          { function: { arguments: { input: "[1]" } } },
          { function: { arguments: {} } },
        ],
      },
    ]);
    expect(told).toEqual(["approximated messages[1].content[1]"]);
  });

  test.each([
    ["none", false],
    ["minimal", "low"],
    ["low", "low"],
    ["medium", "medium"],
    ["high", "high"],
    ["xhigh", "high"],
  ] as const)("thinks with effort %s as %p", (effort, think) => {
    expect(encoded({ reasoning: { effort } }).wire["think"]).toBe(think);
  });

  test("says what each result answers, by id or by name", () => {
    const wire = {
      messages: [
        {
          role: "assistant",
          content: "",
          tool_calls: [
            { function: { name: "f", arguments: { a: 1 } } },
            { function: { name: "g", arguments: {} } },
          ],
        },
        { role: "tool", content: "two", tool_name: "g" },
        { role: "tool", content: "one" },
      ],
    };
    const { messages, stream } = ollamaChat.decodeRequest(wire);
    expect(stream).toBe(true);
    expect(messages).toMatchObject([
      { content: [{ id: "call_0_0", arguments: '{"a":1}' }, { id: "call_0_1" }] },
      { callId: "call_0_1" },
      { callId: "call_0_0" },
    ]);
  });

  test("keeps a limit below zero, which means none", () => {
    const chat = ollamaChat.decodeRequest({ messages: [], options: { num_predict: -1, seed: 3 } });
    expect(chat).toMatchObject({ seed: 3, extra: { options: { num_predict: -1 } } });
    expect(chat.maxTokens).toBeUndefined();
    expect(ollamaChat.encodeRequest(chat).wire["options"]).toEqual({ num_predict: -1, seed: 3 });
  });

  test("is patched inside its options, and left alone when nothing changes", () => {
    const wire = { model: "m", messages: [], options: { num_ctx: 8192, top_p: 0.5 } };
    expect(ollamaChat.patchRequest(wire, { topP: 0.5, includeUsage: true })).toBe(wire);
    expect(ollamaChat.patchRequest(wire, { maxTokens: 9, model: "n" })).toEqual({
      model: "n",
      messages: [],
      options: { num_ctx: 8192, top_p: 0.5, num_predict: 9 },
    });
  });
});

describe("an answer", () => {
  const message = { role: "assistant", content: "Hi" };

  test("tells its time in seconds, whatever its zone and fraction", () => {
    const created = (created_at: string) =>
      ollamaChat.decodeResponse({ message, created_at }).created;
    expect(created("2023-08-04T08:52:19.385406455-07:00")).toBe(1_691_164_339);
    expect(created("2023-08-04T15:52:19Z")).toBe(1_691_164_339);
    expect(created("soon")).toBeUndefined();
  });

  test("counts what is not told as nothing, unless nothing is told", () => {
    const usage = (members: JsonObject) => ollamaChat.decodeResponse({ message, ...members }).usage;
    expect(usage({ eval_count: 4 })).toEqual({
      promptTokens: 0,
      completionTokens: 4,
      totalTokens: 4,
    });
    expect(usage({})).toBeUndefined();
  });

  test("of no known shape, or an error with status 200, is no answer", () => {
    expect(() => ollamaChat.decodeResponse({ done: true })).toThrow(
      "failed to decode ollama response",
    );
    expect(() => ollamaChat.decodeResponse({ error: "model crashed" })).toThrow("model crashed");
  });
});

describe("a stream", () => {
  function events(...lines: readonly string[]): readonly ChatEvent[] {
    const decoder = ollamaChat.streamDecoder({ contentType: "application/x-ndjson" });
    const bytes = new TextEncoder().encode(lines.join("\n"));
    return [...decoder.push(bytes), ...decoder.end()];
  }

  test("keeps the words, the reason and the counts of its last line", () => {
    const last = { done: true, done_reason: "length", prompt_eval_count: 2, eval_count: 3 };
    const { choices, usage } = collect(
      events(
        JSON.stringify({ model: "m", message: { content: "Hel" }, done: false }),
        JSON.stringify({ model: "m", message: { content: "lo" }, ...last }),
      ),
    );
    expect(choices).toEqual([
      { content: [{ type: "text", text: "Hello" }], finishReason: "length" },
    ]);
    expect(usage).toEqual({ promptTokens: 2, completionTokens: 3, totalTokens: 5 });
  });

  test("gives calls of several lines ids of their own, and keeps long numbers", () => {
    const line = (n: string) =>
      `{"created_at":"2023-08-04T15:52:19Z","message":{"tool_calls":[{"function":{"name":"f","arguments":{"n":${n}}}}]}}`;
    const { choices } = collect(
      events(line("1"), line("12345678901234567890"), `{"done":true,"done_reason":"stop"}`),
    );
    const calls = choices[0]?.content;
    expect(calls).toMatchObject([
      { id: "call_0_20230804T155219Z", arguments: '{"n":1}' },
      { id: "call_1_20230804T155219Z", arguments: '{"n":12345678901234567890}' },
    ]);
    expect(choices[0]?.finishReason).toBe("tool_calls");
  });

  test("that tells an error is an error", () => {
    expect(events(`{"message":{"content":"a"}}`, `{"error":"out of memory"}`).at(-1)).toMatchObject(
      {
        type: "error",
        error: { code: "upstream_error", message: "out of memory" },
      },
    );
  });
});
