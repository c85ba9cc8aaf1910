import { describe, expect, test } from "bun:test";
import { type ModelChoice, selectModel } from "./model-name.ts";
import { modelOptionsSchema } from "./model-options-schema.ts";

const options = modelOptionsSchema.parse({});

function select(choice: Partial<ModelChoice>): string {
  return selectModel({
    configured: undefined,
    alias: undefined,
    requested: undefined,
    routeType: "llm/v1/chat",
    provider: "openai",
    options,
    ...choice,
  });
}

describe("selectModel", () => {
  test("another model than the configured one is refused, whatever the operation", () => {
    for (const routeType of ["llm/v1/chat", "preserve", "llm/v1/files"] as const) {
      expect(() => select({ configured: "gpt-4o", requested: "o3", routeType })).toThrow(
        expect.objectContaining({
          code: "invalid_request",
          message: "cannot use own model - must be: gpt-4o",
        }),
      );
    }
  });

  test("the configured name itself, and its alias, are accepted", () => {
    expect(select({ configured: "gpt-4o", requested: "gpt-4o" })).toBe("gpt-4o");
    expect(select({ configured: "gpt-4o", alias: "fast", requested: "fast" })).toBe("gpt-4o");
  });

  test("without a configured name each call has its own", () => {
    const names = Array.from({ length: 10 }, (_, index) => `model-${index}`);
    expect(names.map((requested) => select({ requested }))).toEqual(names);
  });

  test("no name anywhere is refused, except where an operation needs none", () => {
    for (const requested of [undefined, null, "", 7]) {
      expect(() => select({ requested })).toThrow(
        "model parameter not found in request, nor in gateway configuration",
      );
    }
    expect(select({ routeType: "preserve" })).toBe("");
    expect(select({ routeType: "llm/v1/files" })).toBe("");
  });

  test("azure falls back to its deployment", () => {
    const azure = {
      provider: "azure",
      options: { ...options, azure_deployment_id: "dep" },
    } as const;
    expect(select(azure)).toBe("dep");
    expect(select({ ...azure, requested: "gpt-4o" })).toBe("gpt-4o");
  });

  test.each([null, undefined, "", 7, true, [["o3"]], { name: "o3" }])(
    "a model that is %p counts as none",
    (requested) => {
      expect(select({ configured: "gpt-4o", requested })).toBe("gpt-4o");
    },
  );

  test("control characters are refused", () => {
    expect(() => select({ requested: "a\r\nb" })).toThrow("control character");
  });
});
