import { describe, expect, test } from "bun:test";
import { geminiGenerate } from "../formats/gemini-generate/format.ts";
import { gemini } from "./gemini.ts";
import type { Operation } from "./provider.ts";
import { targetSchema } from "./target-schema.ts";

function operation(coordinates: object, members: Partial<Operation> = {}): Operation {
  const model = { provider: "gemini", options: { gemini: coordinates } };
  const { options } = targetSchema.parse({ route_type: "llm/v1/chat", model }).model;
  return { routeType: "llm/v1/chat", model: "m", options, stream: false, ...members };
}

const VERTEX = { api_endpoint: "h.example", project_id: "p", location_id: "global" };

describe.each([
  ["the public API", {}, "/v1beta/models/m"],
  ["Vertex AI", VERTEX, "/v1/projects/p/locations/global/publishers/google/models/m"],
])("39 %s", (_, coordinates, base) => {
  test.each(["llm/v1/chat", "llm/v1/completions"] as const)("generates for %s", (routeType) => {
    const plain = operation(coordinates, { routeType });
    expect(gemini.format(routeType, plain.options)).toBe(geminiGenerate);
    expect(gemini.path(plain)).toBe(`${base}:generateContent`);
    expect(gemini.query?.(plain)).toEqual({});
    const streamed = operation(coordinates, { routeType, stream: true });
    expect(gemini.path(streamed)).toBe(`${base}:streamGenerateContent`);
    expect(gemini.query?.(streamed)).toEqual({ alt: "sse" });
  });
});

test("39 models of other makers on Vertex AI are refused by name", () => {
  for (const model of ["claude-sonnet-4", "mistral-large", "codestral-2", "jamba-1.5-large"]) {
    expect(() => gemini.path(operation(VERTEX, { model }))).toThrow(model);
  }
  expect(gemini.path(operation({}, { model: "claude-x" }))).toContain("claude-x");
});
