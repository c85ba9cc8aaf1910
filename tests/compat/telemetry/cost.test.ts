import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/chat/json.ts";
import type { Usage } from "../../../src/chat/usage.ts";
import { anthropicMessages } from "../../../src/formats/anthropic/messages/format.ts";
import { bedrockConverse } from "../../../src/formats/bedrock/format.ts";
import { geminiGenerate } from "../../../src/formats/gemini/format.ts";
import { openaiChat } from "../../../src/formats/openai/chat/format.ts";
import type { WireFormat } from "../../../src/formats/wire-format.ts";
import { pricesOf } from "../../../src/gateway/call/ai-record.ts";
import { modelOptionsSchema } from "../../../src/providers/model-options-schema.ts";
import { cost } from "../../../src/telemetry/cost.ts";

function usage(promptTokens: number, completionTokens: number, more: Partial<Usage> = {}): Usage {
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens, ...more };
}

describe("cost", () => {
  test("vector: cost, 56 of input and output tokens", () => {
    expect(cost(usage(25, 12), { input: 10, output: 10 })).toBe(0.00037);
    expect(cost(usage(2, 11), { input: 15, output: 15 })).toBe(0.000195);
    expect(cost(usage(2, 11), { input: 20, output: 20 })).toBe(0.00026);
  });

  test("is 0 without prices and counts one price alone", () => {
    expect(cost(usage(25, 12), {})).toBe(0);
    expect(cost(usage(25, 12), { input: 10 })).toBe(0.00025);
    expect(cost(usage(25, 12), { output: 10 })).toBe(0.00012);
  });

  test("vector: cost, 56 takes tokens read from the cache at their own price", () => {
    const cached = usage(1000, 200, { cachedTokens: 600 });
    expect(cost(cached, { input: 5, output: 15, cacheRead: 0.5 })).toBe(0.0053);
    expect(cost(cached, { input: 5, output: 15 })).toBe(0.008);
  });

  test("takes cache writes by time to live, then the plain write price, then the input price", () => {
    const written = usage(1000, 0, { cacheWriteTokens: { "5m": 100, "1h": 200, "": 300 } });
    const byTtl = { input: 1, cacheWrite: 2, cacheWriteByTtl: [{ ttl: "1h", cost: 4 }] };
    expect(cost(written, byTtl)).toBe((400 * 1 + 100 * 2 + 200 * 4 + 300 * 2) / 1e6);
    expect(cost(written, { input: 1 })).toBe(1000 / 1e6);
  });

  test("multiplies by the largest context window that the prompt exceeds", () => {
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
  ])("multiplies by the longest word found in the tier %s", (serviceTier, factor) => {
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

  test.each([
    ["200000", 200_000],
    ["200_000", 200_000],
    ["200k", 200_000],
    ["1M", 1_000_000],
  ])("a window above %s begins behind %d tokens", (above, tokens) => {
    const factor = { above, input_factor: 2, output_factor: 1 };
    const options = { input_cost: 1, context_window_factor: [factor] };
    const prices = pricesOf(modelOptionsSchema.parse(options));
    expect(cost(usage(tokens, 0), prices)).toBe(tokens / 1e6);
    expect(cost(usage(tokens + 1, 0), prices)).toBe(((tokens + 1) * 2) / 1e6);
  });

  test("window and tier multiply, and caches are inside the window", () => {
    const whole = usage(300_000, 1000, {
      cachedTokens: 100_000,
      cacheWriteTokens: { "5m": 50_000, "1h": 50_000 },
      serviceTier: "PRIORITY",
    });
    const prices = pricesOf(
      modelOptionsSchema.parse({
        input_cost: 3,
        output_cost: 15,
        cache_read_cost: 0.25,
        cache_write_cost: 4,
        cache_write_cost_list: [{ ttl: "1h", cost: 6 }],
        context_window_factor: [{ above: "200k", input_factor: 2, output_factor: 1.5 }],
        service_tier_factor: [{ tier: "priority", factor: 2 }],
      }),
    );
    const input = 100_000 * 3 + 100_000 * 0.25 + 50_000 * 4 + 50_000 * 6;
    expect(cost(whole, prices)).toBe(((input * 2 + 1000 * 15 * 1.5) * 2) / 1e6);
  });

  test.each<[string, WireFormat, JsonObject]>([
    [
      "OpenAI's service_tier",
      openaiChat,
      { choices: [], usage: { prompt_tokens: 1000 }, service_tier: "flex" },
    ],
    [
      "Anthropic's usage.service_tier",
      anthropicMessages,
      { content: [], usage: { input_tokens: 1000, service_tier: "flex" } },
    ],
    [
      "Gemini's trafficType",
      geminiGenerate,
      {
        candidates: [{ finishReason: "STOP" }],
        usageMetadata: { promptTokenCount: 1000, trafficType: "ON_DEMAND_FLEX" },
      },
    ],
    [
      "Bedrock's serviceTier",
      bedrockConverse,
      {
        output: { message: { content: [] } },
        stopReason: "end_turn",
        usage: { inputTokens: 1000 },
        serviceTier: { type: "flex" },
      },
    ],
  ])("the tier is %s", (_, format, answer) => {
    const reported = format.decodeResponse(answer).usage ?? usage(0, 0);
    const prices = { input: 10, serviceTierFactors: [{ tier: "flex", factor: 0.5 }] };
    expect(cost(reported, prices)).toBe(0.005);
  });

  test.each([
    ["reasoning apart from it", 37, 530, 233, 800, 763],
    ["reasoning in it", 37, 763, 233, 800, 763],
    ["no total", 37, 763, 233, undefined, 763],
    ["no reasoning", 37, 530, 0, 567, 530],
  ])("a completion counted with %s costs all that was generated", (_, ...counts) => {
    const [prompt_tokens, completion_tokens, reasoning_tokens, total_tokens, generated] = counts;
    const { usage: reported = usage(0, 0) } = openaiChat.decodeResponse({
      choices: [],
      usage: {
        prompt_tokens,
        completion_tokens,
        ...(total_tokens !== undefined && { total_tokens }),
        completion_tokens_details: { reasoning_tokens },
      },
    });
    expect(reported).toMatchObject({
      completionTokens: generated,
      totalTokens: prompt_tokens + generated,
    });
    expect(cost(reported, { output: 10 })).toBe((generated * 10) / 1e6);
  });

  test("Anthropic's cache writes have a price for each time to live", () => {
    const { usage: reported = usage(0, 0) } = anthropicMessages.decodeResponse({
      content: [],
      usage: {
        input_tokens: 100,
        output_tokens: 10,
        cache_read_input_tokens: 40,
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
      },
    });
    const prices = {
      input: 1,
      output: 5,
      cacheRead: 0.5,
      cacheWrite: 2,
      cacheWriteByTtl: [{ ttl: "1h", cost: 4 }],
    };
    expect(cost(reported, prices)).toBe((100 + 40 * 0.5 + 20 * 2 + 10 * 4 + 10 * 5) / 1e6);
  });
});
