import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { circuitBreaker } from "./circuit-breaker.ts";
import { askedWaitMs } from "./ejection.ts";
import { health } from "./health.ts";
import { retryBudget } from "./retry-budget.ts";

const OPTIONS = { maxFails: 3, failTimeoutMs: 10_000, ejectOutliers: false, random: () => 0 };

describe("circuit breaker", () => {
  const S = 1_000;

  test("failures add up whatever succeeds in between; a probe closes or opens it", () => {
    const breaker = circuitBreaker(OPTIONS);
    breaker.failed(0, false);
    breaker.failed(1 * S, false);
    breaker.succeeded(2 * S, false);
    expect(breaker.waitMs(2 * S)).toBe(0);
    breaker.failed(3 * S, false);
    expect(breaker.waitMs(3 * S)).toBe(10 * S);
    expect(breaker.waitMs(12.9 * S)).toBeCloseTo(0.1 * S);
    expect(breaker.waitMs(13 * S)).toBe(0);
    expect(breaker.began(13 * S)).toBe(true);
    breaker.failed(13 * S, true);
    expect(breaker.waitMs(22.9 * S)).toBeGreaterThan(0);
    expect(breaker.waitMs(23 * S)).toBe(0);
    expect(breaker.began(23 * S)).toBe(true);
    breaker.succeeded(23 * S, true);
    expect(breaker.isClean).toBe(true);
  });

  test("a success eleven seconds after the last failure clears the count", () => {
    const breaker = circuitBreaker(OPTIONS);
    breaker.failed(0, false);
    breaker.failed(1 * S, false);
    breaker.succeeded(12 * S, false);
    expect(breaker.isClean).toBe(true);
  });

  test("exactly one probe at a time; one that says nothing makes room for the next", () => {
    const breaker = circuitBreaker({ maxFails: 1, failTimeoutMs: 10 * S });
    breaker.failed(0, false);
    expect(breaker.began(10 * S)).toBe(true);
    expect(breaker.waitMs(10 * S)).toBeGreaterThan(0);
    expect(breaker.began(10 * S)).toBe(false);
    breaker.gaveUp(true);
    expect(breaker.waitMs(11 * S)).toBe(0);
    expect(breaker.began(11 * S)).toBe(true);
  });

  test("failures allowed means no breaker", () => {
    const breaker = circuitBreaker({ maxFails: 0, failTimeoutMs: 10 * S });
    for (let at = 0; at < 100; at++) breaker.failed(at, false);
    expect(breaker.waitMs(100)).toBe(0);
  });

  test("calls that set out before it opened do not close it", () => {
    const breaker = circuitBreaker({ maxFails: 1, failTimeoutMs: 10 * S });
    breaker.failed(0, false);
    breaker.succeeded(5 * S, false);
    expect(breaker.waitMs(5 * S)).toBe(5 * S);
  });
});

describe("how long a rate-limited vendor asks to be left alone", () => {
  const NOW = Date.UTC(2026, 0, 1);
  const inDays = (days: number) => new Date(NOW + days * 86_400_000).toUTCString();
  const HOUR = 3_600_000;
  test.each<readonly [Record<string, string>, number | undefined]>([
    [{ "retry-after": "2" }, 2_000],
    [{ "retry-after": " 1.5 " }, 1_500],
    [{ "retry-after-ms": "1500", "retry-after": "7" }, 1_500],
    [{ "retry-after-ms": "soon", "retry-after": "7" }, 7_000],
    [{ "retry-after": new Date(NOW + 30_000).toUTCString() }, 30_000],
    [{ "retry-after": inDays(-1) }, 1_000],
    [{ "retry-after": inDays(3650) }, HOUR],
    [{ "retry-after": "315360000" }, HOUR],
    [{ "retry-after": "0" }, 1_000],
    [{ "retry-after-ms": "1" }, 1_000],
    [{ "retry-after": "-5" }, undefined],
    [{ "retry-after": "NaN" }, undefined],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{ "retry-after": "1e400" }, undefined],
    [{}, undefined],
  ])("%p is %p ms", (headers, expected) => {
    expect(askedWaitMs(new Headers(headers), NOW)).toBe(expected as number);
  });

  test("whatever is written, the wait is none or between a second and an hour", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (plain, fine) => {
        const values: Readonly<Record<string, string>> = {
          "retry-after": plain,
          "retry-after-ms": fine,
        };
        const waitMs = askedWaitMs({ get: (name) => values[name] ?? null }, NOW);
        if (waitMs === undefined) return;
        expect(waitMs).toBeGreaterThanOrEqual(1_000);
        expect(waitMs).toBeLessThanOrEqual(HOUR);
      }),
    );
  });
});

describe("which targets may be called", () => {
  const EJECTING = { ...OPTIONS, maxFails: 0, ejectOutliers: true };

  test("a rate-limited target is left alone exactly as long as it asks", () => {
    const state = health(2, OPTIONS);
    state.rateLimited(state.began(0, 0), 0, 5_000);
    expect(state.usable([0, 1], 4_999)).toEqual([1]);
    expect(state.usable([0], 4_999)).toEqual([]);
    expect(state.outage([0], 3_000)).toEqual({ rateLimited: true, waitMs: 2_000 });
    expect(state.usable([0, 1], 5_000)).toEqual([0, 1]);
  });

  test("one that does not say for how long is left alone longer each time", () => {
    const state = health(1, OPTIONS);
    const waits = [1, 2, 3, 4, 5, 6, 7, 8].map(() => {
      state.rateLimited(state.began(0, 0), 0, undefined);
      return state.outage([0], 0).waitMs;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  test("a target that fails a lot comes last, but is asked when there is no other", () => {
    const state = health(2, EJECTING);
    for (let at = 0; at < 3; at++) state.failed(state.began(0, at), at);
    expect(state.usable([0, 1], 10)).toEqual([1]);
    expect(state.usable([0], 10)).toEqual([0]);
    for (let at = 0; at < 3; at++) state.failed(state.began(1, at), at);
    expect(state.usable([0, 1], 10)).toEqual([0, 1]);
  });

  test("one call finds out whether it is well again, and then it is one of them", () => {
    const state = health(2, EJECTING);
    for (let at = 0; at < 3; at++) state.failed(state.began(0, at), at);
    expect(state.usable([0, 1], 1_002)).toEqual([0, 1]);
    const probe = state.began(0, 1_002);
    expect(state.usable([0, 1], 1_003)).toEqual([1]);
    state.succeeded(probe, 1_010);
    expect(state.usable([0, 1], 1_011)).toEqual([0, 1]);
  });

  test("each further ejection lasts twice as long, a minute at most", () => {
    const state = health(2, EJECTING);
    for (let at = 0; at < 3; at++) state.failed(state.began(0, 0), 0);
    let nowMs = 0;
    const lasted = [1, 2, 4, 8, 16, 32, 60, 60].map(() => {
      const fromMs = nowMs;
      while (state.usable([0, 1], nowMs).length === 1) nowMs += 500;
      state.failed(state.began(0, nowMs), nowMs);
      return (nowMs - fromMs) / 1_000;
    });
    expect(lasted).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
  });

  test("an open circuit is obeyed even where no target is left", () => {
    const state = health(2, { ...OPTIONS, maxFails: 1 });
    for (const target of [0, 1]) state.failed(state.began(target, target * 1_000), target * 1_000);
    expect(state.usable([0, 1], 2_000)).toEqual([]);
    expect(state.outage([0, 1], 2_000)).toEqual({ rateLimited: false, waitMs: 8_000 });
  });
});

test("retries are at most a fifth of the calls, and three besides, in any ten seconds", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ afterMs: fc.integer({ min: 0, max: 400 }), retries: fc.nat(4) }), {
        maxLength: 300,
      }),
      (steps) => {
        const budget = retryBudget();
        let nowMs = 0;
        let calls = 0;
        let retries = 0;
        for (const step of steps) {
          nowMs += step.afterMs;
          budget.called(nowMs);
          calls += 1;
          for (let at = 0; at < step.retries; at++) if (budget.spend(nowMs)) retries += 1;
        }
        const windows = 1 + nowMs / 9_000;
        expect(retries).toBeLessThanOrEqual(0.2 * calls + 3 * windows);
      },
    ),
  );
  const budget = retryBudget();
  const spend = (nowMs: number) => budget.spend(nowMs);
  expect([spend(0), spend(0), spend(0), spend(0)]).toEqual([true, true, true, false]);
  for (let call = 0; call < 10; call++) budget.called(5_000);
  expect([spend(5_000), spend(5_000), spend(5_000)]).toEqual([true, true, false]);
  expect(spend(10_500)).toBe(true);
});

describe("what changes is told once", () => {
  const began = (state: ReturnType<typeof health>, nowMs: number) => state.began(0, nowMs);

  test("a circuit opens at the last failure that it bears, and closes when the probe is answered", () => {
    const state = health(1, {
      maxFails: 2,
      failTimeoutMs: 1_000,
      ejectOutliers: false,
      random: () => 0,
    });
    expect(state.failed(began(state, 0), 0)).toEqual([]);
    expect(state.failed(began(state, 1), 1)).toEqual(["breaker_opened"]);
    expect(state.failed(began(state, 2_000), 2_000)).toEqual([]);
    expect(state.restMs(0, 2_500)).toBe(500);
    expect(state.succeeded(began(state, 4_000), 4_000)).toEqual(["breaker_closed"]);
    expect(state.succeeded(began(state, 4_001), 4_001)).toEqual([]);
  });

  test("a target is ejected at its third failure in a row, and recovers", () => {
    const state = health(1, {
      maxFails: 0,
      failTimeoutMs: 1_000,
      ejectOutliers: true,
      random: () => 0,
    });
    const changes = [1, 2, 3, 4].map((nowMs) => state.failed(began(state, nowMs), nowMs));
    expect(changes).toEqual([[], [], ["target_ejected"], []]);
    expect(state.succeeded(began(state, 5_000), 5_000)).toEqual(["target_recovered"]);
  });

  test("a target that asks to be left alone, until it answers", () => {
    const state = health(1, {
      maxFails: 0,
      failTimeoutMs: 1_000,
      ejectOutliers: false,
      random: () => 0,
    });
    expect(state.rateLimited(began(state, 0), 0, 2_000)).toEqual(["target_rate_limited"]);
    expect(state.rateLimited(began(state, 2_000), 2_000, 2_000)).toEqual([]);
    expect(state.succeeded(began(state, 5_000), 5_000)).toEqual(["target_recovered"]);
  });
});
