import { describe, expect, test } from "bun:test";
import { GatewayError } from "../chat/error.ts";
import { encodeSse, type SseEvent, sseData, sseDecoder, sseEvent } from "./sse.ts";

const encoder = new TextEncoder();

function read(text: string): SseEvent[] {
  const decoder = sseDecoder();
  return [...decoder.push(encoder.encode(text)), ...decoder.end()];
}

const data = (...texts: string[]): SseEvent[] => texts.map((text) => ({ event: "", data: text }));

describe("sseDecoder", () => {
  test.each<[string, string, SseEvent[]]>([
    ["one space after the colon is dropped", "data: a\n\n", data("a")],
    ["no space is needed", "data:a\n\n", data("a")],
    ["a second space is data", "data:  a\n\n", data(" a")],
    ["a tab is data", "data:\ta\n\n", data("\ta")],
    ["a trailing space is data", "data: a \n\n", data("a ")],
    ["CR ends a line", "data: a\r\rdata: b\r\r", data("a", "b")],
    ["CRLF ends a line", "data: a\r\n\r\ndata: b\r\n\r\n", data("a", "b")],
    ["line ends may be mixed", "data: a\r\n\ndata: b\n\rdata: c\r\r\n", data("a", "b", "c")],
    ["data lines are joined by a line feed", "data: a\ndata\ndata: b\n\n", data("a\n\nb")],
    ["a field without a colon has an empty value", "data\n\ndata\ndata\n\ndata:", data("", "\n")],
    ["comments are dropped", ": ping\n\n:\ndata: a\n: b\n\n", data("a")],
    ["a byte order mark is dropped once", "\uFEFFdata: a\n\n\uFEFFdata: b\n\n", data("a")],
    ["unknown fields are ignored", "retry: 3\nfoo: b\ndatax: c\n data: d\ndata: a\n\n", data("a")],
    ["an event without data is not one", "event: ping\n\ndata: a\n\n", data("a")],
    ["the last name wins", "event: a\nevent: b\ndata: c\n\n", [{ event: "b", data: "c" }]],
    ["an unterminated event is given at the end", "data: a\n\ndata: [DONE]", data("a", "[DONE]")],
    ["an event without its blank line too", "data: a\n\ndata: b\n", data("a", "b")],
    ["a lone blank line is nothing", "\n\n\r\n\r\r", []],
    ["an empty stream is nothing", "", []],
  ])("%s", (_law, text, events) => {
    expect(read(text)).toEqual(events);
  });

  test("an id lasts until it is set again, and one with a null is ignored", () => {
    const text = "id: 1\ndata: a\n\ndata: b\n\nid: \0\ndata: c\n\nid\ndata: d\n\n";
    expect(read(text)).toEqual([
      { event: "", data: "a", id: "1" },
      { event: "", data: "b", id: "1" },
      { event: "", data: "c", id: "1" },
      { event: "", data: "d" },
    ]);
  });

  test("a carriage return ends the line before the next byte is known", () => {
    const decoder = sseDecoder();
    expect(decoder.push(encoder.encode("data: a\r\n\r"))).toEqual(data("a"));
    expect(decoder.push(encoder.encode("\ndata: b\r\r"))).toEqual(data("b"));
    expect(decoder.end()).toEqual([]);
  });

  test("bytes that are not UTF-8 become replacement characters", () => {
    const decoder = sseDecoder();
    expect(decoder.push(Uint8Array.of(0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a))).toEqual(
      data("\uFFFD"),
    );
  });

  test("an event beyond the limit is refused, after the events before it", () => {
    const decoder = sseDecoder({ maxEventBytes: 10 });
    expect(decoder.push(encoder.encode("data: a\n\ndata: 12345"))).toEqual(data("a"));
    expect(() => decoder.push(encoder.encode("6"))).toThrow(GatewayError);
    expect(() => decoder.end()).toThrow(GatewayError);

    const whole = sseDecoder({ maxEventBytes: 10 });
    expect(whole.push(encoder.encode("data: a\n\ndata: 123456\n\n"))).toEqual(data("a"));
    expect(() => whole.end()).toThrow("larger than 10 bytes");
  });

  test("many short data lines count as one event", () => {
    const decoder = sseDecoder({ maxEventBytes: 100 });
    expect(() => decoder.push(encoder.encode("data: 1234\n".repeat(30)))).toThrow(GatewayError);
  });

  test("comments without end do not count against an event", () => {
    const decoder = sseDecoder({ maxEventBytes: 100 });
    expect(decoder.push(encoder.encode(": ping\n".repeat(1000)))).toEqual([]);
    expect(decoder.push(encoder.encode("data: a\n\n"))).toEqual(data("a"));
  });
});

describe("encoding", () => {
  test("writes data, a name and an id", () => {
    expect(sseData('{"a":"é"}')).toBe('data: {"a":"é"}\n\n');
    expect(sseEvent("ping", "{}")).toBe("event: ping\ndata: {}\n\n");
    expect(encodeSse({ event: "", data: "a\r\nb", id: "1" })).toBe("id: 1\ndata: a\ndata: b\n\n");
  });

  test("a line end in a name is refused", () => {
    expect(() => sseEvent("a\ndata: forged", "{}")).toThrow(GatewayError);
  });
});
