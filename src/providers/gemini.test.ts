import { describe, expect, test } from "bun:test";
import { geminiGenerate } from "../formats/gemini/format.ts";
import { fitted, rulesFor } from "./fitted.ts";
import { gemini } from "./gemini.ts";
import type { Invocation } from "./provider.ts";
import { targetSchema } from "./target-schema.ts";
import { pathOf } from "./upstream-url.ts";

function operation(coordinates: object, members: Partial<Invocation> = {}): Invocation {
  const model = { provider: "gemini", options: { gemini: coordinates } };
  const { options } = targetSchema.parse({ route_type: "llm/v1/chat", model }).model;
  return { routeType: "llm/v1/chat", model: "m", options, stream: false, ...members };
}

function queryOf(invocation: Invocation) {
  return gemini.operations[invocation.routeType]?.query?.(invocation);
}

const VERTEX = { api_endpoint: "h.example", project_id: "p", location_id: "global" };

describe.each([
  ["the public API", {}, "/v1beta/models/m"],
  ["Vertex AI", VERTEX, "/v1/projects/p/locations/global/publishers/google/models/m"],
])("%s", (_, coordinates, base) => {
  test.each(["llm/v1/chat", "llm/v1/completions"] as const)("generates for %s", (routeType) => {
    const plain = operation(coordinates, { routeType });
    expect(gemini.operations[routeType]?.format?.(plain.options, "m")).toBe(geminiGenerate);
    expect(pathOf(gemini, plain)).toBe(`${base}:generateContent`);
    expect(queryOf(plain)).toEqual({});
    const streamed = operation(coordinates, { routeType, stream: true });
    expect(pathOf(gemini, streamed)).toBe(`${base}:streamGenerateContent`);
    expect(queryOf(streamed)).toEqual({ alt: "sse" });
  });
});

describe("models of other makers on Vertex AI", () => {
  test.each([
    ["claude-sonnet-4-5@20250929", "anthropic", "anthropic-messages"],
    ["mistral-large@2407", "mistralai", "openai-chat"],
    ["codestral-2501", "mistralai", "openai-chat"],
    ["jamba-1.5-large", "ai21", "openai-chat"],
  ])("%s is %s's, asked in %s at rawPredict", (model, publisher, format) => {
    const plain = operation(VERTEX, { model });
    expect(gemini.operations["llm/v1/chat"]?.format?.(plain.options, model)?.name).toBe(format);
    const name = encodeURIComponent(model);
    const at = `/v1/projects/p/locations/global/publishers/${publisher}/models/${name}`;
    expect(pathOf(gemini, plain)).toBe(`${at}:rawPredict`);
    const streamed = operation(VERTEX, { model, stream: true });
    expect(pathOf(gemini, streamed)).toBe(`${at}:streamRawPredict`);
    expect(queryOf(streamed)).toEqual({});
  });

  test("Claude is named by the path alone, and its version stands in the body", () => {
    const model = "claude-sonnet-4-5@20250929";
    const wire = { model, max_tokens: 5, messages: [] };
    const own = { max_tokens: 5, messages: [] };
    const asked = operation(VERTEX, { model });
    expect(gemini.adapt?.(wire, asked)).toEqual({ anthropic_version: "vertex-2023-10-16", ...own });
    const options = { ...asked.options, anthropic_version: "vertex-2030-01-01" };
    expect(gemini.adapt?.(wire, { ...asked, options })).toEqual({
      anthropic_version: "vertex-2030-01-01",
      ...own,
    });
  });

  test("a version is the path's: the body names the model", () => {
    const model = "mistral-large@2407";
    const wire = { model, messages: [], seed: 1, max_completion_tokens: 5 };
    const asked = operation(VERTEX, { model });
    const fit = fitted(wire, rulesFor(gemini, asked) ?? {}, "gemini").wire;
    expect(gemini.adapt?.(fit, asked)).toEqual({
      model: "mistral-large",
      messages: [],
      random_seed: 1,
      max_tokens: 5,
    });
  });

  test("what a maker has not there is refused by name; elsewhere such a name says nothing", () => {
    const model = "jamba-1.5-large";
    const asked = operation(VERTEX, { model, routeType: "llm/v1/completions" });
    expect(gemini.operations["llm/v1/completions"]?.format?.(asked.options, model)).toBeUndefined();
    expect(() => pathOf(gemini, asked)).toThrow(model);
    const own = operation({ ...VERTEX, endpoint_id: "e" }, { model: "claude-x" });
    expect(pathOf(gemini, own)).toEndWith("/endpoints/e:generateContent");
    expect(pathOf(gemini, operation({}, { model: "claude-x" }))).toContain(
      "claude-x:generateContent",
    );
  });
});
