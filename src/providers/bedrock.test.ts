import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../chat/json.ts";
import { bedrock } from "./bedrock.ts";
import { modelOptionsSchema } from "./model-options-schema.ts";
import type { RouteTypeOf } from "./operations.ts";

const CLAUDE = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0";

function adapt(wire: JsonObject, options: object, model = CLAUDE): JsonObject | undefined {
  return bedrock.adapt?.(wire, {
    routeType: "llm/v1/chat",
    model,
    options: modelOptionsSchema.parse(options),
    stream: false,
  });
}

describe("bedrock", () => {
  test("speaks Converse for chat and completions", () => {
    const options = modelOptionsSchema.parse({});
    const named = (routeType: RouteTypeOf<"text">) =>
      bedrock.operations[routeType]?.format?.(options, "m")?.name;
    expect(named("llm/v1/chat")).toBe("bedrock-converse");
    expect(named("llm/v1/completions")).toBe("bedrock-converse");
  });

  test("the configured latency wins over the client's", () => {
    const options = { bedrock: { performance_config_latency: "optimized" } };
    const wire = { performanceConfig: { latency: "standard" } };
    expect(adapt(wire, options)).toEqual({ performanceConfig: { latency: "optimized" } });
    expect(adapt({}, options)).toEqual({ performanceConfig: { latency: "optimized" } });
    expect(adapt(wire, {})).toBe(wire);
    const same = { performanceConfig: { latency: "optimized" } };
    expect(adapt(same, options)).toBe(same);
  });

  test("a configured API version goes to Claude among its own members", () => {
    const options = { anthropic_version: "bedrock-2023-05-31" };
    expect(adapt({ additionalModelRequestFields: { top_k: 1 } }, options)).toEqual({
      additionalModelRequestFields: { top_k: 1, anthropic_version: "bedrock-2023-05-31" },
    });
    const wire = {};
    expect(adapt(wire, options, "amazon.nova-pro-v1:0")).toBe(wire);
  });
});
