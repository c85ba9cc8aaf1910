import { expect, test } from "bun:test";
import fc from "fast-check";
import { MAX_DEPTH, parseJson } from "./json.ts";

test("integers of any length come back digit for digit, wherever they stand", () => {
  const long = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
  const justUnsafe = fc.bigInt({ min: 2n ** 53n, max: 10n ** 16n - 1n });
  const integer = fc.oneof(long, justUnsafe).map(String);
  const name = fc.string({ maxLength: 40 });
  fc.assert(
    fc.property(fc.array(fc.tuple(name, integer), { maxLength: 8 }), (pairs) => {
      const text = `[${pairs.map(([key, digits]) => `[${JSON.stringify(key)},${digits}]`).join(",")}]`;
      expect(JSON.stringify(parseJson(text))).toBe(text);
    }),
  );
});

test("numbers that a double holds are numbers", () => {
  expect(parseJson('[1,-2.5,9007199254740991,"9007199254740993"]')).toEqual([
    1,
    -2.5,
    Number.MAX_SAFE_INTEGER,
    "9007199254740993",
  ]);
});

test("the depth of a text is that of its value, whatever its strings hold", () => {
  const depthOf = (value: unknown): number =>
    typeof value === "object" && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map(depthOf))
      : 0;
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 8 },
      fc.string({ unit: fc.constantFrom(...'[]{}\\"\\u') }),
      tie("more"),
    ),
    more: fc.oneof(fc.array(tie("value")), fc.dictionary(fc.string(), tie("value"))),
  }));
  fc.assert(
    fc.property(value, fc.nat({ max: MAX_DEPTH + 8 }), (inner, levels) => {
      const text = `${"[".repeat(levels)}${JSON.stringify(inner)}${"]".repeat(levels)}`;
      expect(fate(text)).toBe(levels + depthOf(inner) > MAX_DEPTH ? "too deep" : "read");
    }),
  );
  expect(() => parseJson("[".repeat(100_000))).toThrow(RangeError);
});

test("any text that opens too many values is refused for that, before all else that is wrong with it", () => {
  const pieces = fc.constantFrom(
    ...["[", "]", "{", "}", '"', '\\"', "\\", ":", ",", " ", "\n", "0", "t", "x", '{"a":', "[ {"],
    ...[
      "[".repeat(MAX_DEPTH),
      "{ ".repeat(MAX_DEPTH),
      '{"a":\t'.repeat(MAX_DEPTH),
      "[x".repeat(40),
    ],
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 24 }), (parts) => {
      const text = parts.join("");
      if (depthIn(text) > MAX_DEPTH) expect(fate(text)).toBe("too deep");
      else expect(fate(text)).toBe(isJson(text) ? "read" : "no JSON");
    }),
    { numRuns: 2_000 },
  );
});

function fate(text: string): "read" | "too deep" | "no JSON" {
  try {
    parseJson(text);
    return "read";
  } catch (cause) {
    return cause instanceof RangeError ? "too deep" : "no JSON";
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The most values that are open at once, strings left out; a string that does not end reaches to the end. */
function depthIn(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:\\[\s\S]|[^"\\])*(?:"|\\?$)|[[\]{}]/g)) {
    if (token === "[" || token === "{") depth += 1;
    else if (token === "]" || token === "}") depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
