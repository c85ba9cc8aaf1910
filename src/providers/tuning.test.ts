import { expect, test } from "bun:test";
import { modelOptionsSchema } from "./model-options-schema.ts";
import type { RouteType } from "./operations.ts";
import { withBodyDefaults } from "./tuning.ts";

function operation(routeType: RouteType, options: object, model = "m") {
  return { routeType, model, options: modelOptionsSchema.parse(options), stream: false };
}

test("the selected model and the configured vector length hold", () => {
  const embeddings = operation("llm/v1/embeddings", { embeddings_dimensions: 256 });
  expect(withBodyDefaults({ input: "a", model: "alias", dimensions: 8 }, embeddings)).toEqual({
    input: "a",
    model: "m",
    dimensions: 256,
  });
});

test("seconds and size fill in where the request names none", () => {
  const video = operation("video/v1/videos/generations", { seconds: "8", size: "1x1" });
  expect(withBodyDefaults({ size: "2x2" }, video)).toEqual({
    model: "m",
    seconds: "8",
    size: "2x2",
  });
  const image = operation("image/v1/images/generations", { seconds: "8", size: "1x1" });
  expect(withBodyDefaults({}, image)).toEqual({ model: "m", size: "1x1" });
});

test("a body that needs nothing is not copied", () => {
  const wire = { model: "m" };
  expect(withBodyDefaults(wire, operation("llm/v1/responses", {}))).toBe(wire);
  expect(withBodyDefaults(wire, operation("llm/v1/files", {}, ""))).toBe(wire);
});
