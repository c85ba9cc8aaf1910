import { describe, expect, test } from "bun:test";
import { GatewayError } from "../chat/error.ts";
import { jsonArrayDecoder } from "./json-array.ts";

const encoder = new TextEncoder();

function read(text: string): string[] {
  const decoder = jsonArrayDecoder();
  return [...decoder.push(encoder.encode(text)), ...decoder.end()];
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof GatewayError) return error.code;
    throw error;
  }
  return "none";
}

describe("jsonArrayDecoder", () => {
  test.each<[string, string, string[]]>([
    ["objects", '[{"a":1},{"b":2}]', ['{"a":1}', '{"b":2}']],
    ["white space anywhere", ' \r\n[\n\t{"a": 1} ,\r\n{"b":2}\n]\n', ['{"a": 1}', '{"b":2}']],
    ["brackets and commas in strings", '[{"a":"]},{["},{"b":1}]', ['{"a":"]},{["}', '{"b":1}']],
    [
      "escaped quotes",
      '["\\"","\\\\","\\\\\\"",{"\\"]":1}]',
      ['"\\""', '"\\\\"', '"\\\\\\""', '{"\\"]":1}'],
    ],
    ["nesting", '[[1,[2,{"a":[]}]],{"b":{"c":[{}]}}]', ['[1,[2,{"a":[]}]]', '{"b":{"c":[{}]}}']],
    [
      "scalars",
      '[1 ,-2.5e+3,true,false,null,"a"]',
      ["1", "-2.5e+3", "true", "false", "null", '"a"'],
    ],
    ["an empty array", " [ ] ", []],
    ["a lone object is one element", ' {"error":{"code":429}}\n', ['{"error":{"code":429}}']],
    ["a byte order mark", '\uFEFF[{"a":1}]', ['{"a":1}']],
    ["no bytes", "", []],
    ["only white space", "\n", []],
  ])("reads %s", (_what, text, elements) => {
    expect(read(text)).toEqual(elements);
  });

  test.each([
    "data: {}",
    "1",
    '"a"',
    "<html>",
    "[,1]",
    "[1,]",
    "[1,,2]",
    "[1 2]",
    "[1}]",
    '[{"a":1]}]',
    '[1{"a":2}]',
    '[1"a"]',
    '["a""b"]',
    "[tru]",
    "[01]",
    "[nul\u00a0]",
    "[:]",
    "[1]]",
    "[1][2]",
    "{}{}",
    "{},{}",
    "{}]",
  ])("refuses %s", (text) => {
    const decoder = jsonArrayDecoder();
    expect(
      codeOf(() => {
        decoder.push(encoder.encode(text));
        decoder.end();
      }),
    ).toBe("upstream_bad_response");
  });

  test.each(["[", "[1", "[1,", '[{"a":1}', '[{"a":"', '{"a":{}', '["\\'])(
    "says that %s is cut short",
    (text) => {
      const decoder = jsonArrayDecoder();
      decoder.push(encoder.encode(text));
      expect(codeOf(() => decoder.end())).toBe("upstream_truncated");
    },
  );

  test("an element is given before the comma after it", () => {
    const decoder = jsonArrayDecoder();
    expect(decoder.push(encoder.encode('[{"a":1}'))).toEqual(['{"a":1}']);
    expect(decoder.push(encoder.encode("\n"))).toEqual([]);
    expect(decoder.push(encoder.encode(',{"b":2}]'))).toEqual(['{"b":2}']);
    expect(decoder.end()).toEqual([]);
  });

  test("an element beyond the limit is refused, after the elements before it", () => {
    const decoder = jsonArrayDecoder({ maxElementBytes: 8 });
    expect(decoder.push(encoder.encode('[{"a":1},{"a":"12'))).toEqual(['{"a":1}']);
    expect(codeOf(() => decoder.push(encoder.encode("3")))).toBe("upstream_bad_response");
    expect(codeOf(() => decoder.end())).toBe("upstream_bad_response");
  });
});
