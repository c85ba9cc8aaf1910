import { describe, expect, test } from "bun:test";
import { lowestLatency } from "./lowest-latency.ts";
import { lowestUsage } from "./lowest-usage.ts";
import type { Ending, Picker } from "./picker.ts";

/** How a target's next call goes. */
interface Course {
  readonly ending: Ending;
  readonly ms: number;
  readonly tokens?: number;
}

const WELL: Course = { ending: "answered", ms: 500, tokens: 100 };
const FAST: Course = { ending: "answered", ms: 500, tokens: 500 };

/** Calls one after another, and who got each. */
function picksOf(picker: Picker, calls: number, courses: readonly ((call: number) => Course)[]) {
  let nowMs = 1_000_000;
  return Array.from({ length: calls }, (_, call) => {
    const target = picker.pick([...courses.keys()], { nowMs }) ?? -1;
    const { ending, ms, tokens = 0 } = courses[target]?.(call) ?? WELL;
    nowMs += ms;
    picker.started(target);
    picker.finished(target, {
      nowMs,
      ending,
      waitMs: ms,
      durationMs: ms,
      promptTokens: 0,
      completionTokens: tokens,
      totalTokens: tokens,
      cost: tokens / 1e6,
    });
    return target;
  });
}

const shareOf = (target: number, picks: readonly number[]) =>
  picks.filter((pick) => pick === target).length / picks.length;

/** Never explores, so that what is seen is what the scores say. */
const latency = (strategy: "e2e" | "tpot" = "tpot") =>
  lowestLatency([1, 1], { strategy, random: () => 0.5 });

describe("lowest-latency", () => {
  test.each(["e2e", "tpot"] as const)(
    "%s: a target that nobody has the patience for is not tried first again and again",
    (strategy) => {
      const hanging: Course = { ending: "given-up", ms: 2_000 };
      const picks = picksOf(latency(strategy), 100, [() => hanging, () => WELL]);
      expect(shareOf(0, picks)).toBeLessThan(0.1);
    },
  );

  test("a client that goes before an answer is due takes nothing from the fastest", () => {
    const hasty = (call: number): Course =>
      call % 5 === 4 ? { ending: "given-up", ms: 200 } : FAST;
    const picks = picksOf(latency(), 200, [hasty, () => WELL]);
    expect(shareOf(0, picks)).toBeGreaterThan(0.95);
  });

  test.each(["refused", "cut"] as const)(
    "now and then a call that ends as %s takes nothing from the fastest",
    (ending) => {
      const mixed = (call: number): Course => (call % 3 === 2 ? { ending, ms: 20 } : FAST);
      const picks = picksOf(latency(), 200, [mixed, () => WELL]);
      expect(shareOf(0, picks)).toBeGreaterThan(0.95);
    },
  );

  test.each([
    ["from the start", 0],
    ["after it was the fastest", 50],
  ])("a target that refuses every call, %s, gets no more than its turn", (_, from) => {
    const refusing = (call: number): Course => (call < from ? FAST : { ending: "refused", ms: 5 });
    const picks = picksOf(latency(), 600, [refusing, () => WELL]).slice(from);
    expect(shareOf(0, picks)).toBeLessThan(0.55);
  });

  test("where every target refuses they take turns, and the first that answers is measured", () => {
    const picker = latency();
    const refused: Course = { ending: "refused", ms: 5 };
    const refusing = picksOf(picker, 40, [() => refused, () => refused]);
    expect(shareOf(0, refusing)).toBe(0.5);
    const well = picksOf(picker, 40, [() => FAST, () => WELL]);
    expect(shareOf(0, well)).toBeGreaterThan(0.9);
  });
});

describe("lowest-usage", () => {
  test.each(["failed", "refused", "given-up"] as const)(
    "a target whose every attempt ends as %s gets no more than its turn",
    (ending) => {
      const failing: Course = { ending, ms: 5 };
      const picks = picksOf(lowestUsage([1, 1], "total-tokens"), 100, [() => failing, () => WELL]);
      expect(shareOf(0, picks)).toBeLessThan(0.55);
    },
  );

  test("neither does one that costs nothing and then fails", () => {
    const free = (call: number): Course =>
      call < 10 ? { ending: "answered", ms: 5 } : { ending: "failed", ms: 5 };
    const picks = picksOf(lowestUsage([1, 1], "cost"), 110, [free, () => WELL]).slice(10);
    expect(shareOf(0, picks)).toBeLessThan(0.55);
  });

  test("calls under way at a target that never answered count as others' do", () => {
    const picker = lowestUsage([1, 1], "total-tokens");
    picksOf(picker, 2, [() => ({ ending: "failed", ms: 5 }), () => WELL]);
    const picks = Array.from({ length: 20 }, () => {
      const target = picker.pick([0, 1], { nowMs: 1_000_505 }) ?? -1;
      picker.started(target);
      return target;
    });
    expect(shareOf(0, picks)).toBeGreaterThan(0.4);
    expect(shareOf(0, picks)).toBeLessThan(0.6);
  });
});
