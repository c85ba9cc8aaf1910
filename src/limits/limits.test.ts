import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Grant, Meter } from "./counters.ts";
import { localCounters } from "./local-counters.ts";
import {
  type Counted,
  rolled,
  secondsUntilFree,
  spanAt,
  usedAt,
  type Window,
  windowName,
} from "./window.ts";

const MINUTE = { sizeSeconds: 60, type: "sliding" } as const;
const FIXED = { sizeSeconds: 60, type: "fixed" } as const;
const START_MS = 1_800_000_000_000;

describe("windows", () => {
  test("vector: sliding counts the part of the window before that still reaches in", () => {
    const counted = { index: 0, current: 30, previous: 80 };
    expect(usedAt(counted, MINUTE, START_MS + 15_000)).toBe(90);
    expect(usedAt(counted, FIXED, START_MS + 15_000)).toBe(30);
  });

  test("vector: a limit that is just used up is free again within a second", () => {
    const counted = { index: 0, current: 20, previous: 80 };
    expect(usedAt(counted, MINUTE, START_MS)).toBe(100);
    expect(secondsUntilFree(counted, MINUTE, START_MS, 100)).toBe(1);
  });

  test("a fixed window is free at its end", () => {
    const counted = { index: 0, current: 100, previous: 0 };
    expect(secondsUntilFree(counted, FIXED, START_MS + 15_500, 100)).toBe(45);
  });

  test("a month is the calendar's", () => {
    const month: Window = { type: "calendar", period: "month" };
    const atMs = Date.UTC(2028, 1, 28, 12);
    const { index, startMs, endMs } = spanAt(month, atMs);
    expect([startMs, endMs]).toEqual([Date.UTC(2028, 1), Date.UTC(2028, 2)]);
    expect(spanAt(month, endMs).index).toBe(index + 1);
    expect(secondsUntilFree({ index, current: 5, previous: 0 }, month, atMs, 1)).toBe(1.5 * 86_400);
  });

  test("law: at the second that is named the amount fits, and a second before it did not", () => {
    const amount = fc.integer({ min: 0, max: 1_000 });
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 0, max: 59_999 }),
        (current, previous, room, elapsedMs) => {
          const nowMs = START_MS + elapsedMs;
          const counted: Counted = { index: START_MS / 60_000, current, previous };
          fc.pre(usedAt(counted, MINUTE, nowMs) > room);
          const waitMs = secondsUntilFree(counted, MINUTE, nowMs, room) * 1000;
          const used = (atMs: number) =>
            usedAt(rolled(counted, spanAt(MINUTE, atMs)), MINUTE, atMs);
          expect(used(nowMs + waitMs)).toBeLessThanOrEqual(room + 1e-6);
          if (waitMs > 1000) expect(used(nowMs + waitMs - 1000)).toBeGreaterThan(room - 1e-6);
        },
      ),
    );
  });

  test.each([
    [1, "second"],
    [60, "minute"],
    [3600, "hour"],
    [86_400, "day"],
    [2_592_000, "month"],
    [31_536_000, "year"],
    [90, "90"],
  ])("%d seconds are called %s", (seconds, name) => {
    expect(windowName({ type: "fixed", sizeSeconds: seconds })).toBe(name);
  });
});

describe("counters of one process", () => {
  const meter = (key: string, window: Window = FIXED): Meter => ({ key, window });

  test("hold all that a call claims, or nothing", () => {
    const counters = localCounters();
    const claim = (limits: readonly [number, number]) =>
      counters.claim(
        limits.map((limit, at) => ({ ...meter(`k${at}`), limit, amount: 10 })),
        START_MS,
      ) as Grant;
    expect(claim([10, 20]).granted).toBe(true);
    expect(claim([10, 20]).granted).toBe(false);
    const { granted, standings } = claim([100, 20]);
    expect(granted).toBe(true);
    expect(standings.map(({ used }) => used)).toEqual([10, 10]);
  });

  test("law: what is claimed never passes a limit, however claims, ends and returns come", () => {
    const step = fc.record({
      amount: fc.integer({ min: 1, max: 40 }),
      used: fc.integer({ min: 0, max: 40 }),
      afterMs: fc.integer({ min: 0, max: 30_000 }),
      isSettled: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const counters = localCounters();
        let nowMs = START_MS;
        const inWindow = new Map<number, number>();
        for (const { amount, used, afterMs, isSettled } of steps) {
          nowMs += afterMs;
          const atMs = nowMs;
          const index = Math.floor(atMs / 60_000);
          const grant = counters.claim([{ ...meter("k"), limit: 100, amount }], nowMs) as Grant;
          if (!grant.granted) continue;
          const final = isSettled ? Math.min(used, amount) : amount;
          inWindow.set(index, (inWindow.get(index) ?? 0) + final);
          nowMs += 1_000;
          void counters.add([{ ...meter("k"), amount: final - amount, atMs }], nowMs);
        }
        for (const total of inWindow.values()) expect(total).toBeLessThanOrEqual(100);
      }),
    );
  });

  test("are bounded: the oldest go where there are too many", () => {
    const counters = localCounters(8);
    for (let at = 0; at < 100; at++) {
      void counters.add([{ ...meter(`k${at}`), amount: 1, atMs: START_MS }], START_MS);
    }
    const used = (key: string) =>
      (counters.claim([{ ...meter(key), limit: 5, amount: 0 }], START_MS) as Grant).standings[0]
        ?.used;
    expect(used("k99")).toBe(1);
    expect(used("k0")).toBe(0);
  });
});
