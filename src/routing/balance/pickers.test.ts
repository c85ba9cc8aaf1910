import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { consistentHashing } from "./consistent-hashing.ts";
import { leastConnections } from "./least-connections.ts";
import { lowestLatency } from "./lowest-latency.ts";
import { lowestUsage, type UsageMetric } from "./lowest-usage.ts";
import type { AttemptOutcome, Picker } from "./picker.ts";
import { priority, roundRobin } from "./round-robin.ts";
import { semantic } from "./semantic.ts";

/** Numbers that look random and are the same every time (xorshift32). */
function seeded(seed = 1): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function outcome(nowMs: number, over: Partial<AttemptOutcome> = {}): AttemptOutcome {
  const nothing = { promptTokens: 0, completionTokens: 0, totalTokens: 0, cost: 0 };
  return { nowMs, ending: "answered", waitMs: 0, durationMs: 0, ...nothing, ...over };
}

const all = (weights: readonly unknown[]) => weights.map((_, index) => index);

function sharesOf(picks: readonly number[], count: number): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const pick of picks) counts[pick] = (counts[pick] ?? 0) + 1;
  return counts.map((one) => one / picks.length);
}

const WEIGHTS = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 });
const PICKS = 100_000;

function expectShares(shares: readonly number[], weights: readonly number[]): void {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [target, weight] of weights.entries()) {
    expect(Math.abs((shares[target] ?? 0) - weight / total)).toBeLessThan(0.01);
  }
}

describe("round-robin", () => {
  test("shares are within 1 % of the weights over 100,000 picks", () => {
    fc.assert(
      fc.property(WEIGHTS, (weights) => {
        const picker = roundRobin(weights);
        const picks = Array.from({ length: PICKS }, () => picker.pick(all(weights), { nowMs: 0 }));
        expectShares(sharesOf(picks as number[], weights.length), weights);
      }),
      { numRuns: 5 },
    );
  });

  test("turns are spread as evenly as can be", () => {
    const picker = roundRobin([5, 1, 1]);
    const picks = Array.from({ length: 7 }, () => picker.pick([0, 1, 2], { nowMs: 0 }));
    expect(picks).toEqual([0, 0, 1, 0, 2, 0, 0]);
  });

  test("only those among whom to pick take turns", () => {
    const picker = roundRobin([1, 100, 1]);
    const picks = Array.from({ length: 4 }, () => picker.pick([0, 2], { nowMs: 0 }));
    expect(picks).toEqual([0, 2, 0, 2]);
  });
});

describe("consistent-hashing", () => {
  const ring = (labels: readonly string[], weights: readonly number[] = []) =>
    consistentHashing(
      labels.map((label, at) => ({ label, weight: weights[at] ?? 100 })),
      10_000,
    );
  const keys = Array.from({ length: PICKS }, (_, at) => `user-${at}`);
  const owners = (picker: Picker, among: readonly number[]) =>
    keys.map((hashKey) => picker.pick(among, { nowMs: 0, hashKey }) ?? -1);

  test("equal keys go to equal targets, whatever was picked before", () => {
    const one = ring(["a", "b", "c"]);
    const other = ring(["a", "b", "c"]);
    const first = owners(one, [0, 1, 2]);
    expect(owners(one, [0, 1, 2])).toEqual(first);
    expect(owners(other, [0, 1, 2])).toEqual(first);
  });

  test("shares are within 1 % of the weights over 100,000 keys", () => {
    const weights = [50, 30, 15, 5];
    const picks = owners(ring(["a", "b", "c", "d"], weights), [0, 1, 2, 3]);
    expectShares(sharesOf(picks, 4), weights);
  });

  test("a target that leaves moves its own share and nothing else", () => {
    const before = owners(ring(["a", "b", "c", "d"]), [0, 1, 2, 3]);
    const after = owners(ring(["a", "b", "d"]), [0, 1, 2]).map((target) =>
      target === 2 ? 3 : target,
    );
    const stayed = before.filter((target, at) => target !== 2 && target === after[at]);
    expect(stayed).toHaveLength(before.filter((target) => target !== 2).length);
  });

  test("when a target cannot be used its keys spread over the others", () => {
    const picker = ring(["a", "b", "c", "d"]);
    const before = owners(picker, [0, 1, 2, 3]);
    const without = owners(picker, [0, 1, 3]);
    const moved = without.filter((_, at) => before[at] === 2);
    const kept = without.filter((target, at) => before[at] !== 2 && target !== before[at]);
    expect(kept).toEqual([]);
    for (const share of [0, 1, 3].map((target) => sharesOf(moved, 4)[target] ?? 0)) {
      expect(share).toBeGreaterThan(0.2);
    }
  });

  test("without a key targets take turns", () => {
    const picker = ring(["a", "b"]);
    const picks = Array.from({ length: 4 }, () => picker.pick([0, 1], { nowMs: 0 }));
    expect(sharesOf(picks as number[], 2)).toEqual([0.5, 0.5]);
  });
});

describe("least-connections", () => {
  test("the idle target is called while another is busy", () => {
    const picker = leastConnections([1, 1]);
    const first = picker.pick([0, 1], { nowMs: 0 }) ?? -1;
    picker.started(first);
    const next = Array.from({ length: 5 }, () => picker.pick([0, 1], { nowMs: 0 }));
    expect(new Set(next)).toEqual(new Set([1 - first]));
  });

  test("calls under way are in proportion to weight", () => {
    const picker = leastConnections([3, 1]);
    const picks = Array.from({ length: 400 }, () => {
      const target = picker.pick([0, 1], { nowMs: 0 }) ?? -1;
      picker.started(target);
      return target;
    });
    expect(sharesOf(picks, 2)[0]).toBeCloseTo(0.75, 2);
  });
});

describe("lowest-latency", () => {
  /** `calls` one after another; `speed` gives the milliseconds of each target's answer. */
  function simulate(picker: Picker, calls: number, speed: (target: number) => number, fromMs = 0) {
    const targets = [0, 1];
    let nowMs = fromMs;
    const picks: number[] = [];
    for (let call = 0; call < calls; call++) {
      const target = picker.pick(targets, { nowMs }) ?? -1;
      picks.push(target);
      picker.started(target);
      const durationMs = speed(target);
      nowMs += durationMs;
      picker.finished(target, outcome(nowMs, { durationMs, completionTokens: 10 }));
    }
    return { picks, nowMs };
  }

  const latency = (strategy: "e2e" | "tpot") =>
    lowestLatency([1, 1], { strategy, random: seeded() });

  test.each(["e2e", "tpot"] as const)(
    "%s: a target ten times slower gets 0.1 to 5 %% of the calls",
    (strategy) => {
      const { picks } = simulate(latency(strategy), 20_000, (target) =>
        target === 0 ? 100 : 1000,
      );
      const slow = sharesOf(picks, 2)[1] ?? 0;
      expect(slow).toBeGreaterThan(0.001);
      expect(slow).toBeLessThan(0.05);
    },
  );

  test("a target that becomes slow is left within 20 calls, and called again when it is fast", () => {
    const picker = latency("e2e");
    const even = simulate(picker, 200, () => 100);
    const slow = simulate(picker, 500, (target) => (target === 0 ? 2000 : 100), even.nowMs);
    const last = slow.picks.slice(0, 20).lastIndexOf(0);
    expect(last).toBeLessThan(20);
    expect(sharesOf(slow.picks.slice(20), 2)[0]).toBeLessThan(0.05);
    const well = simulate(picker, 2_000, (target) => (target === 0 ? 50 : 100), slow.nowMs);
    expect(sharesOf(well.picks.slice(1_000), 2)[0]).toBeGreaterThan(0.9);
  });

  test("targets that nobody has measured are tried first, one call each", () => {
    const picker = lowestLatency([1, 1, 1], { strategy: "e2e", random: seeded() });
    const picks = [0, 1, 2].map(() => {
      const target = picker.pick([0, 1, 2], { nowMs: 0 }) ?? -1;
      picker.started(target);
      return target;
    });
    expect(picks.toSorted()).toEqual([0, 1, 2]);
  });

  test("a target that fails at once is not the fastest", () => {
    const picker = latency("e2e");
    let nowMs = 0;
    const picks = Array.from({ length: 500 }, () => {
      const target = picker.pick([0, 1], { nowMs }) ?? -1;
      const failed = target === 0;
      nowMs += failed ? 1 : 500;
      picker.started(target);
      const ending = failed ? "failed" : "answered";
      picker.finished(target, outcome(nowMs, { durationMs: failed ? 1 : 500, ending }));
      return target;
    });
    expect(sharesOf(picks, 2)[0]).toBeLessThan(0.05);
  });

  test("a single target works", () => {
    const picker = lowestLatency([1], { strategy: "tpot", random: seeded() });
    expect(simulate1(picker)).toEqual([0, 0, 0]);
  });

  function simulate1(picker: Picker): (number | undefined)[] {
    return [0, 1, 2].map((nowMs) => {
      picker.started(0);
      picker.finished(0, outcome(nowMs, { durationMs: 5 }));
      return picker.pick([0], { nowMs });
    });
  }
});

describe("lowest-usage", () => {
  const METRICS: readonly UsageMetric[] = [
    "total-tokens",
    "prompt-tokens",
    "completion-tokens",
    "cost",
  ];

  test.each(METRICS)("%s is even though one model answers three times longer", (metric) => {
    const picker = lowestUsage([1, 1], metric);
    const used = [0, 0];
    for (let call = 0; call < 1_000; call++) {
      const nowMs = call * 10;
      const target = picker.pick([0, 1], { nowMs }) ?? -1;
      const amount = target === 0 ? 300 : 100;
      picker.started(target);
      const figures = { promptTokens: amount, completionTokens: amount, totalTokens: amount };
      picker.finished(target, outcome(nowMs, { ...figures, cost: amount / 1e6 }));
      used[target] = (used[target] ?? 0) + amount;
    }
    expect(Math.abs((used[0] ?? 0) / (used[1] ?? 1) - 1)).toBeLessThan(0.1);
  });

  test("what is under way counts, so that a burst does not all go to one target", () => {
    const picker = lowestUsage([1, 1], "total-tokens");
    for (const target of [0, 1]) {
      picker.started(target);
      picker.finished(target, outcome(0, { totalTokens: 100 }));
    }
    const picks = Array.from({ length: 100 }, () => {
      const target = picker.pick([0, 1], { nowMs: 1 }) ?? -1;
      picker.started(target);
      return target;
    });
    expect(sharesOf(picks, 2)).toEqual([0.5, 0.5]);
  });

  test("use fades, so that a target that was idle is not given everything", () => {
    const picker = lowestUsage([1, 1], "total-tokens");
    picker.started(0);
    picker.finished(0, outcome(0, { totalTokens: 100_000 }));
    const nowMs = 30 * 60_000;
    const picks = Array.from({ length: 100 }, () => {
      const target = picker.pick([0, 1], { nowMs }) ?? -1;
      picker.started(target);
      picker.finished(target, outcome(nowMs, { totalTokens: 10 }));
      return target;
    });
    expect(sharesOf(picks, 2)[0]).toBeGreaterThan(0.4);
  });
});

test("priority: equal weights take turns, lower ones wait until none of them is left", () => {
  const picker = priority([70, 70, 25]);
  const pick = (...among: number[]) => picker.pick(among, { nowMs: 0 });
  expect([pick(0, 1, 2), pick(0, 1, 2), pick(0, 1, 2), pick(0, 1, 2)].toSorted()).toEqual([
    0, 0, 1, 1,
  ]);
  expect([pick(1, 2), pick(1, 2)]).toEqual([1, 1]);
  expect(pick(2)).toBe(2);
});

describe("semantic", () => {
  const picker = () =>
    semantic(
      [
        { description: "code", weight: 1 },
        { description: "code", weight: 3 },
        { description: "prose", weight: 1 },
        { description: "CATCHALL", weight: 1 },
      ],
      0.5,
    );
  const pick = (among: readonly number[], distances: readonly number[], from = picker()) =>
    from.pick(among, { nowMs: 0, distances });

  test("the nearest description wins; equal ones share by weight", () => {
    const one = picker();
    const picks = Array.from({ length: 8 }, () => pick([0, 1, 2, 3], [0.1, 0.1, 0.3, 0], one));
    expect(sharesOf(picks as number[], 4)).toEqual([0.25, 0.75, 0, 0]);
    expect(pick([0, 1, 2, 3], [0.4, 0.4, 0.3, 0])).toBe(2);
  });

  test("then the next nearest, then the one that takes everything, then nothing", () => {
    expect(pick([1, 2, 3], [0.1, 0.1, 0.3, 0])).toBe(1);
    expect(pick([2, 3], [0.1, 0.1, 0.3, 0])).toBe(2);
    expect(pick([3], [0.1, 0.1, 0.3, 0])).toBe(3);
    expect(pick([0, 1, 2, 3], [0.9, 0.9, 0.6, 0])).toBe(3);
    expect(pick([0, 1, 2], [0.9, 0.9, 0.6, 0])).toBeUndefined();
  });
});
