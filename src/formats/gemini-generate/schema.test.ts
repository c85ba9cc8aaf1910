import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../chat/json.ts";
import { noticeList } from "../notice-list.ts";
import { decodeSchema, encodeSchema } from "./schema.ts";

function encode(schema: JsonObject) {
  const list = noticeList();
  const seat = encodeSchema(schema, "schema", list);
  return { seat, notices: list.notices.map(({ field }) => field) };
}

const holding = (property: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: "object",
  properties: { a: property },
  ...more,
});

describe("users' schemas that Gemini would refuse", () => {
  test.each<[string, JsonObject, JsonObject]>([
    ["null as a type", { type: ["string", "null"] }, { type: "string", nullable: true }],
    [
      "null as a branch",
      { anyOf: [{ type: "integer" }, { type: "null" }], description: "d" },
      { type: "integer", description: "d", nullable: true },
    ],
    [
      "several branches",
      { oneOf: [{ type: "integer" }, { type: "string" }] },
      { anyOf: [{ type: "integer" }, { type: "string" }] },
    ],
    [
      "a default",
      { type: "integer", default: 3 },
      { type: "integer", description: "(default: 3)" },
    ],
    ["a constant", { const: "x" }, { type: "string", enum: ["x"] }],
    ["open bounds", { type: "integer", exclusiveMaximum: 5 }, { type: "integer", maximum: 4 }],
    [
      "allOf",
      { allOf: [{ type: "object", properties: { b: { type: "string" } } }, { required: ["b"] }] },
      { type: "object", properties: { b: { type: "string" } }, required: ["b"] },
    ],
  ])("%s is said otherwise", (_, property, expected) => {
    const { seat, notices } = encode(holding(property));
    expect(seat).toEqual({ openApi: holding(expected) });
    expect(notices).toEqual([]);
  });

  test("references are put in place, additionalProperties and $schema left out", () => {
    const schema = holding(
      { $ref: "#/$defs/b", description: "mine" },
      { additionalProperties: false, $schema: "s", $defs: { b: { type: "string" } } },
    );
    expect(encode(schema)).toEqual({
      seat: { openApi: holding({ type: "string", description: "mine" }) },
      notices: [],
    });
  });

  test.each<[string, JsonObject]>([
    ["a reference to itself", { $ref: "#" }],
    ["numbers to choose from", { type: "integer", enum: [1, 2] }],
    ["a free object", { type: "object" }],
    ["an object of any names", { type: "object", additionalProperties: { type: "string" } }],
    ["a list of anything", { type: "array" }],
    ["several types", { type: ["string", "integer"] }],
    ["a format Google does not know", { type: "string", format: "email" }],
  ])("%s is left to JSON Schema", (_, property) => {
    expect(encode(holding(property))).toEqual({ seat: { json: holding(property) }, notices: [] });
  });

  test("what neither language can say is dropped with a notice", () => {
    const { seat, notices } = encode(holding({ type: "array", uniqueItems: true, items: true }));
    expect(seat).toEqual({ json: holding({ type: "array", items: true }) });
    expect(notices).toEqual(["schema.properties.a.uniqueItems"]);
  });

  test("parameters that ask for nothing are left out", () => {
    for (const schema of [{}, { type: "object" }, { type: "object", properties: {} }]) {
      expect(encode(schema).seat).toBeUndefined();
    }
  });
});

test("Google's schema becomes JSON Schema", () => {
  const wire = {
    type: "OBJECT",
    properties: {
      a: { type: "STRING", nullable: true, enum: ["x"], format: "enum" },
      b: { any_of: [{ type: "INTEGER" }, { type: "BOOLEAN" }], nullable: true },
      c: { type: "ARRAY", items: { type: "NUMBER" }, min_items: "2", example: [1] },
    },
    propertyOrdering: ["a"],
  };
  expect(decodeSchema(wire)).toEqual({
    type: "object",
    properties: {
      a: { type: ["string", "null"], enum: ["x", null] },
      b: { anyOf: [{ type: "integer" }, { type: "boolean" }, { type: "null" }] },
      c: { type: "array", items: { type: "number" }, minItems: 2, examples: [[1]] },
    },
  });
});
