import { describe, expect, test } from "bun:test";
import { questionPairs } from "../../docs/question-pairs.ts";
import {
  cacheRun,
  keptParaphrases,
  servedNearMisses,
  servedOf,
} from "../../docs/semantic-cache-accuracy.ts";

describe("the labelled pairs of questions", () => {
  const pairs = questionPairs();

  test("are at least 400, half of them near misses, at least 60 not English, some long", () => {
    expect(pairs.length).toBeGreaterThanOrEqual(400);
    expect(pairs.filter(({ label }) => label === "near miss").length * 2).toBeGreaterThanOrEqual(
      pairs.length,
    );
    expect(pairs.filter(({ language }) => language !== "en").length).toBeGreaterThanOrEqual(60);
    expect(pairs.filter(({ stored }) => stored.length > 150).length).toBeGreaterThanOrEqual(10);
  });

  test("are each there once, and none has two equal questions", () => {
    const names = pairs.map(({ stored, asked }) => `${stored}\n${asked}`);
    expect(new Set(names).size).toBe(pairs.length);
    expect(pairs.filter(({ stored, asked }) => stored === asked)).toEqual([]);
  });
});

describe.each(["build", "report"] as const)("of the %s set, the second look", (half) => {
  test("serves at most 3 % of the near misses", () => {
    const { pairs, served } = servedOf(half, "near miss");
    expect(served / pairs).toBeLessThanOrEqual(0.03);
  });

  test("keeps at least 70 % of all paraphrases", () => {
    const { pairs, served } = servedOf(half, "paraphrase");
    expect(served / pairs).toBeGreaterThanOrEqual(0.7);
  });
});

describe("of the reported set, asked of the cache at the threshold of the short form", () => {
  const run = cacheRun("report", 0.3);

  test("the second look lets at most 3 % of the near misses be answered", async () => {
    const { pairs, served } = servedNearMisses((await run).verified);
    expect(served / pairs).toBeLessThanOrEqual(0.03);
  });

  test("nearness alone answers most of them", async () => {
    const { pairs, served } = servedNearMisses((await run).byVectors);
    expect(served / pairs).toBeGreaterThan(0.5);
  });

  test("the second look keeps at least 75 % of the paraphrases that the vectors find", async () => {
    const { pairs, served } = keptParaphrases(await run);
    expect(pairs).toBeGreaterThanOrEqual(60);
    expect(served / pairs).toBeGreaterThanOrEqual(0.75);
  });
});
