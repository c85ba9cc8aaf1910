import { describe, expect, test } from "bun:test";
import type { Usage } from "../../src/chat/usage.ts";
import { cost } from "../../src/telemetry/cost.ts";

function usage(promptTokens: number, completionTokens: number, more: Partial<Usage> = {}): Usage {
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, ...more };
}

describe("56 cost", () => {
  test("vector: cost, 56 of input and output tokens", () => {
    expect(cost(usage(25, 12), { input: 10, output: 10 })).toBe(0.00037);
    expect(cost(usage(2, 11), { input: 15, output: 15 })).toBe(0.000195);
    expect(cost(usage(2, 11), { input: 20, output: 20 })).toBe(0.00026);
  });

  test("56 is 0 without prices and counts one price alone", () => {
    expect(cost(usage(25, 12), {})).toBe(0);
    expect(cost(usage(25, 12), { input: 10 })).toBe(0.00025);
    expect(cost(usage(25, 12), { output: 10 })).toBe(0.00012);
  });

  test("vector: cost, 56 takes tokens read from the cache at their own price", () => {
    const cached = usage(1000, 200, { cachedTokens: 600 });
    expect(cost(cached, { input: 5, output: 15, cacheRead: 0.5 })).toBe(0.0053);
    expect(cost(cached, { input: 5, output: 15 })).toBe(0.008);
  });

  test("56 takes cache writes by time to live, then the plain write price, then the input price", () => {
    const written = usage(1000, 0, { cacheWriteTokens: { "5m": 100, "1h": 200, "": 300 } });
    const byTtl = { input: 1, cacheWrite: 2, cacheWriteByTtl: [{ ttl: "1h", cost: 4 }] };
    expect(cost(written, byTtl)).toBe((400 * 1 + 100 * 2 + 200 * 4 + 300 * 2) / 1e6);
    expect(cost(written, { input: 1 })).toBe(1000 / 1e6);
  });

  test("56 multiplies by the largest context window that the prompt exceeds", () => {
    const prices = {
      input: 1,
      output: 1,
      contextWindowFactors: [
        { above: 500_000, input: 4, output: 3 },
        { above: 200_000, input: 2, output: 1.5 },
      ],
    };
    expect(cost(usage(200_000, 1000), prices)).toBe(0.201);
    expect(cost(usage(200_001, 1000), prices)).toBe((200_001 * 2 + 1000 * 1.5) / 1e6);
    expect(cost(usage(600_000, 1000), prices)).toBe((600_000 * 4 + 1000 * 3) / 1e6);
  });

  test.each([
    ["flex", 0.5],
    ["FLEX", 0.5],
    ["on_demand_flex", 0.5],
    ["on_demand_flex_batch", 0.25],
    ["priority", 2],
    ["fast", 2],
    ["on-demand fast", 2],
    ["breakfast", 1],
    ["standard", 1],
  ])("56 multiplies by the longest word found in the tier %s", (serviceTier, factor) => {
    const prices = {
      output: 10,
      serviceTierFactors: [
        { tier: "flex", factor: 0.5 },
        { tier: "flex_batch", factor: 0.25 },
        { tier: "Priority", factor: 2 },
      ],
    };
    expect(cost(usage(0, 1000, { serviceTier }), prices)).toBe(0.01 * factor);
  });
});
