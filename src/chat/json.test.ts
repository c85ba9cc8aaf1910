import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseJson } from "./json.ts";

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
