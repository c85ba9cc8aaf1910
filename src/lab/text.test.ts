import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { randomness } from "./randomness.ts";
import { beforeStop, countTokens, firstTokens, intoPieces } from "./text.ts";

const texts = fc.string({ unit: "grapheme", maxLength: 80 });

describe("text", () => {
  test("pieces join to the text, hold 3 to 8 characters and cut none", () => {
    fc.assert(
      fc.property(texts, fc.nat(), (text, seed) => {
        const pieces = intoPieces(text, randomness(seed, text));
        expect(pieces.join("")).toBe(text);
        for (const piece of pieces.slice(0, -1)) expect([...piece].length).toBeWithin(3, 9);
        expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
      }),
    );
  });

  test("the first tokens are a beginning of the text with at most so many", () => {
    fc.assert(
      fc.property(texts, fc.nat(12), (text, limit) => {
        const kept = firstTokens(text, limit);
        expect(text).toStartWith(kept.text);
        expect(countTokens(kept.text)).toBe(Math.min(limit, countTokens(text)));
        expect(kept.cut).toBe(countTokens(text) > limit);
      }),
    );
  });

  test("the earliest stop sequence ends the text", () => {
    expect(beforeStop("one two three", ["three", "two"])).toBe("one ");
    expect(beforeStop("one two three", ["four", ""])).toBe("one two three");
  });
});
