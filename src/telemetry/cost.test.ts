import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Usage } from "../chat/usage.ts";
import { cost, type Prices } from "./cost.ts";

const tokens = fc.integer({ min: 0, max: 2_000_000 });
const price = fc.integer({ min: 0, max: 400 }).map((quarters) => quarters / 4);

const prices: fc.Arbitrary<Prices> = fc.record(
  {
    input: price,
    output: price,
    cacheRead: price,
    cacheWrite: price,
    cacheWriteByTtl: fc.array(fc.record({ ttl: fc.constantFrom("5m", "1h"), cost: price })),
    contextWindowFactors: fc.array(
      fc.record({
        above: fc.constantFrom(200_000, 1_000_000),
        input: fc.constantFrom(1, 1.5, 2),
        output: fc.constantFrom(1, 1.5, 2),
      }),
    ),
    serviceTierFactors: fc.array(
      fc.record({ tier: fc.constantFrom("flex", "priority"), factor: fc.constantFrom(0.5, 2) }),
    ),
  },
  { requiredKeys: [] },
);

const usages: fc.Arbitrary<Usage> = fc
  .record({
    fresh: tokens,
    cached: tokens,
    short: tokens,
    long: tokens,
    completion: tokens,
    tier: fc.constantFrom("flex", "priority", "fast", "default"),
  })
  .map(({ fresh, cached, short, long, completion, tier }) => ({
    promptTokens: fresh + cached + short + long,
    completionTokens: completion,
    totalTokens: fresh + cached + short + long + completion,
    cachedTokens: cached,
    cacheWriteTokens: { "5m": short, "1h": long },
    serviceTier: tier,
  }));

describe("cost", () => {
  test("is never negative, and nothing without prices", () => {
    fc.assert(fc.property(usages, prices, (usage, list) => cost(usage, list) >= 0));
    fc.assert(fc.property(usages, (usage) => cost(usage, {}) === 0));
  });

  test("rises with every generated token", () => {
    fc.assert(
      fc.property(usages, prices, tokens, (usage, list, more) => {
        const longer = { ...usage, completionTokens: usage.completionTokens + more };
        return cost(longer, list) >= cost(usage, list);
      }),
    );
  });

  test("of a cached prompt is that of a fresh one when the prices are equal, and less when cheaper", () => {
    fc.assert(
      fc.property(usages, prices, price, (usage, list, cheaper) => {
        const fresh = { ...usage, cachedTokens: 0 };
        const input = list.input ?? 0;
        const equal = { ...list, cacheRead: input };
        expect(cost(usage, equal)).toBeCloseTo(cost(fresh, equal), 6);
        const discounted = { ...list, cacheRead: Math.min(input, cheaper) };
        expect(cost(usage, discounted)).toBeLessThanOrEqual(cost(fresh, discounted) + 1e-9);
      }),
    );
  });

  test("is linear in the prices", () => {
    fc.assert(
      fc.property(usages, price, price, (usage, input, output) => {
        expect(cost(usage, { input: input * 2, output: output * 2 })).toBeCloseTo(
          cost(usage, { input, output }) * 2,
          9,
        );
      }),
    );
  });

  test("never pays a refund to parts that exceed the whole", () => {
    const usage = { promptTokens: 10, completionTokens: 0, totalTokens: 10, cachedTokens: 40 };
    expect(cost(usage, { input: 10, cacheRead: 0 })).toBe(0);
  });
});
