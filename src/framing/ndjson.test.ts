import { describe, expect, test } from "bun:test";
import { GatewayError } from "../chat/error.ts";
import { ndjsonDecoder } from "./ndjson.ts";

const encoder = new TextEncoder();

function read(text: string): string[] {
  const decoder = ndjsonDecoder();
  return [...decoder.push(encoder.encode(text)), ...decoder.end()];
}

describe("ndjsonDecoder", () => {
  test.each<[string, string, string[]]>([
    ["one text per line", '{"a":1}\n[2]\n3\n', ['{"a":1}', "[2]", "3"]],
    ["the last line needs no line feed", '{"a":1}\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ["blank lines are skipped", '\n{"a":1}\n \t\r\n\n{"b":2}\n\n', ['{"a":1}', '{"b":2}']],
    ["CRLF ends a line", '{"a":1}\r\n{"b":2}\r\n', ['{"a":1}', '{"b":2}']],
    ["a carriage return alone does not", '{"a":\r1}\n', ['{"a":\r1}']],
    ["a byte order mark is dropped", '\uFEFF{"a":1}\n', ['{"a":1}']],
    ["a line separator is no line end", '{"a":"\u2028"}\n', ['{"a":"\u2028"}']],
    ["an empty stream is nothing", "", []],
  ])("%s", (_law, text, lines) => {
    expect(read(text)).toEqual(lines);
  });

  test("a whole line does not wait for the next", () => {
    const decoder = ndjsonDecoder();
    expect(decoder.push(encoder.encode('{"a":1}\n{"b"'))).toEqual(['{"a":1}']);
    expect(decoder.push(encoder.encode(":2}"))).toEqual([]);
    expect(decoder.push(encoder.encode("\n"))).toEqual(['{"b":2}']);
    expect(decoder.end()).toEqual([]);
  });

  test("a line beyond the limit is refused, after the lines before it", () => {
    const decoder = ndjsonDecoder({ maxLineBytes: 4 });
    expect(decoder.push(encoder.encode("1234\n12345"))).toEqual(["1234"]);
    expect(() => decoder.push(encoder.encode("\n5\n"))).toThrow(GatewayError);
    expect(() => decoder.end()).toThrow("larger than 4 bytes");
  });
});
