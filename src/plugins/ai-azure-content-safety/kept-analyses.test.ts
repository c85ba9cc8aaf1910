import { expect, test } from "bun:test";
import { keptAnalyses } from "./kept-analyses.ts";

const NOTHING = { severities: new Map(), blocklists: [] };

function counted() {
  let nowMs = 0;
  const asked: string[] = [];
  const kept = keptAnalyses(() => nowMs);
  return {
    asked,
    pass: (ms: number) => {
      nowMs += ms;
    },
    of: (text: string) =>
      kept.of(text, async () => {
        asked.push(text);
        return NOTHING;
      }),
  };
}

test("a text is asked about once in five minutes", async () => {
  const { of, pass, asked } = counted();
  await of("a");
  pass(299_999);
  await of("a");
  expect(asked).toEqual(["a"]);
  pass(1);
  await of("a");
  expect(asked).toEqual(["a", "a"]);
});

test("of very many texts those that were seen last are kept", async () => {
  const { of, asked } = counted();
  await of("first");
  await of("second");
  for (let at = 0; at < 4_998; at++) await of(`text ${at}`);
  await of("first");
  await of("one more");
  const before = asked.length;
  await of("first");
  expect(asked).toHaveLength(before);
  await of("second");
  expect(asked).toHaveLength(before + 1);
});

test("what failed is asked again", async () => {
  const kept = keptAnalyses(() => 0);
  const failing = kept.of("a", () => Promise.reject(new Error("down")));
  await expect(failing).rejects.toThrow("down");
  expect(await kept.of("a", async () => NOTHING)).toBe(NOTHING);
});
