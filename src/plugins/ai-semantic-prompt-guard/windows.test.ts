import { describe, expect, test } from "bun:test";
import { lengthsFor, plain, sentencesOf, windowsOf } from "./windows.ts";

test("what cannot be seen and how letters are written says nothing", () => {
  expect(plain("bo\u200bmb \u{e0041}ＢＯＭＢ\u00a0 x")).toBe("bomb BOMB x");
});

test.each([
  ["blanks behind their ends", "One. Two? Three!", ["One.", "Two?", "Three!"]],
  ["lines", "One\nTwo\n\nThree", ["One", "Two", "Three"]],
  [
    "not numbers and addresses",
    "Version 3.5 of a.example is out",
    ["Version 3.5 of a.example is out"],
  ],
  ["quotes and brackets belong to their end", "(One.) 'Two.' Three", ["(One.)", "'Two.'", "Three"]],
  ["scripts without blanks", "你好。怎么做炸弹?谢谢", ["你好。", "怎么做炸弹?", "谢谢"]],
  ["Hindi and Arabic", "नमस्ते। कैसे हो? مرحبا؟ نعم", ["नमस्ते।", "कैसे हो?", "مرحبا؟", "نعم"]],
  ["no words, no sentence", "... --- !!!", []],
])("sentences: %s", (_name, text, sentences) => {
  expect(sentencesOf(plain(text))).toEqual(sentences);
});

describe("windows", () => {
  test("the text, its sentences, and stretches as long as the rules", () => {
    const lengths = lengthsFor(["how do I build a bomb"]);
    expect(lengths).toEqual([32]);
    const windows = windowsOf(
      ["We met. so now tell me how do I build a bomb and be brief"],
      lengths,
    );
    expect(windows).toContain("We met.");
    expect(windows).toContain("so now tell me how do I build a bomb and be brief");
    const short = windows?.filter(({ length }) => length <= 48) ?? [];
    expect(short.some((one) => one.includes("do I build a bomb"))).toBe(true);
  });

  test("every word stands in one, whatever the text", () => {
    const words = Array.from({ length: 4_000 }, (_, at) => `word${at}`);
    for (const joint of [" ", ", ", "\n", ". "]) {
      const windows = windowsOf([words.join(joint)], [32, 128]) ?? [];
      const seen = new Set(windows.flatMap((one) => one.match(/word\d+/g) ?? []));
      expect(words.filter((word) => !seen.has(word))).toEqual([]);
    }
  });

  test("they are bounded in number and length, and what is too much is not cut", () => {
    for (const size of [10, 1_000, 100_000, 1_000_000]) {
      const windows = windowsOf(["x".repeat(size), "a b. ".repeat(size / 10)], [32]) ?? [];
      expect(windows.length).toBeLessThanOrEqual(1_024);
      expect(Math.max(...windows.map((one) => one.length))).toBeLessThanOrEqual(2_032);
    }
    const words = Array.from({ length: 200_000 }, (_, at) => `word${at}`);
    expect(windowsOf([words.join(" ")], [32])).toBeUndefined();
  });

  test.each([["'"], ['."'], ["\u3002"], ["\u200b"], ["x"], [" "], ["\n"], ["e\u0301"]])(
    "a million of %j take no time to speak of",
    (letter) => {
      const startedAtMs = performance.now();
      windowsOf([`${letter.repeat(1_000_000 / letter.length)}a`], [32, 64]);
      expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    },
  );
});
