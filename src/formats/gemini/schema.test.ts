import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isJsonObject, type JsonObject } from "../../chat/json.ts";
import { noticeList } from "../notice-list.ts";
import { resolveRef } from "../object-schema.ts";
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

describe("allOf becomes one schema", () => {
  const of = (name: string, type = "string"): JsonObject => ({
    type: "object",
    properties: { [name]: { type } },
    required: [name],
  });
  const a = { $ref: "#/$defs/A" };
  const b = { $ref: "#/$defs/B" };
  const $defs = { A: of("a"), B: of("b") };
  const both = {
    type: "object",
    properties: { a: { type: "string" }, b: { type: "string" } },
    required: ["a", "b"],
  };

  test.each<[string, JsonObject, JsonObject]>([
    ["two references", { allOf: [a, b] }, both],
    ["a reference and properties", { allOf: [a, of("b")] }, both],
    ["properties beside a reference", { ...a, ...of("b") }, both],
    ["properties beside allOf", { allOf: [a], ...of("b") }, both],
    ["allOf in allOf", { allOf: [{ allOf: [a, { allOf: [b] }] }] }, both],
    [
      "one property in two branches",
      {
        allOf: [
          { type: "object", properties: { n: { type: "integer", minimum: 1, maximum: 9 } } },
          { properties: { n: { type: "number", maximum: 5 } } },
        ],
      },
      { type: "object", properties: { n: { type: "integer", minimum: 1, maximum: 5 } } },
    ],
    [
      "a property that both name by reference",
      {
        allOf: [
          { type: "object", properties: { o: a } },
          { type: "object", properties: { o: b } },
        ],
      },
      { type: "object", properties: { o: both } },
    ],
    [
      "lists of values",
      { type: "string", allOf: [{ enum: ["x", "y"] }, { enum: ["y", "z"] }] },
      { type: "string", enum: ["y"] },
    ],
    [
      "words: its own, or the branches' together",
      {
        allOf: [
          { ...of("a"), description: "One." },
          { allOf: [{ description: "Two." }], description: "Other." },
        ],
      },
      { ...of("a"), description: "One. Other." },
    ],
  ])("%s", (_, x, expected) => {
    expect(encode(holding(x, { $defs }))).toEqual({
      seat: { openApi: holding(expected) },
      notices: [],
    });
  });

  test("of what one schema cannot say, one is kept with a notice", () => {
    const strings = [{ type: "string" }, { type: "boolean" }];
    const { seat, notices } = encode(
      holding({
        allOf: [
          { anyOf: [{ type: "string" }, { type: "number" }], description: "d" },
          { anyOf: strings },
        ],
      }),
    );
    expect(seat).toEqual({ openApi: holding({ anyOf: strings, description: "d" }) });
    expect(notices).toEqual(["schema.properties.a.anyOf"]);
    const choices = { anyOf: strings, oneOf: strings };
    expect(encode(holding(choices))).toEqual({ seat: { json: holding(choices) }, notices: [] });
  });

  test("one reference with words stays one, and so does what holds itself", () => {
    const node = { type: "object", properties: { next: { allOf: [{ $ref: "#/$defs/N" }] } } };
    const { seat, notices } = encode(holding({ $ref: "#/$defs/N" }, { $defs: { N: node } }));
    const kept = { type: "object", properties: { next: { $ref: "#/$defs/N" } } };
    expect(seat).toEqual({ json: holding({ $ref: "#/$defs/N" }, { $defs: { N: kept } }) });
    expect(notices).toEqual([]);
    const endless = { $defs: { N: { allOf: [{ $ref: "#/$defs/N" }, of("b")] } } };
    const cut = encode(holding({ $ref: "#/$defs/N" }, endless));
    expect(JSON.stringify(cut.seat)).toContain('"$ref":"#/$defs/N"');
    expect(cut.notices).not.toEqual([]);
  });

  test("a reference to nothing is left out of it with a notice", () => {
    const { seat, notices } = encode(holding({ allOf: [{ $ref: "#/$defs/Z" }, of("b")] }));
    expect(seat).toEqual({ openApi: holding(of("b")) });
    expect(notices).toEqual(["schema.properties.a.$ref"]);
  });

  test("a small document that doubles with each of its schemas is not written out", () => {
    const twice = (next: string) => ({
      type: "object",
      properties: { a: { $ref: next }, b: { $ref: next, minProperties: 1 } },
    });
    const names = Array.from({ length: 60 }, (_, i) => `D${i}`);
    const defs = Object.fromEntries(names.map((name, i) => [name, twice(`#/$defs/D${i + 1}`)]));
    const { seat } = encode(holding({ $ref: "#/$defs/D0" }, { $defs: { ...defs, D60: of("z") } }));
    expect(JSON.stringify(seat).length).toBeLessThan(1_000_000);
  });

  const names = fc.constantFrom("a", "b", "c", "d");
  const DEPTH = 3;

  /** References lead to later schemas only. */
  function schemaAt(level: number): fc.Arbitrary<JsonObject> {
    const leaf: fc.Arbitrary<JsonObject> = fc.constantFrom<JsonObject>(
      { type: "string" },
      { type: "string", minLength: 2, description: "d" },
    );
    if (level > DEPTH) return leaf;
    const later = fc.oneof(leaf, schemaAt(level + 1), fc.constant({ $ref: `#/$defs/S${level}` }));
    const object = fc
      .dictionary(names, later, { minKeys: 1, maxKeys: 3, noNullPrototype: true })
      .map((properties): JsonObject => ({ type: "object", properties }));
    const branches = fc
      .array(fc.oneof(object, fc.constant({ $ref: `#/$defs/O${level}` })), {
        minLength: 1,
        maxLength: 3,
      })
      .map((allOf): JsonObject => ({ allOf }));
    const beside = fc.tuple(object, branches).map(([own, { allOf = null }]) => ({ ...own, allOf }));
    return fc.oneof(object, branches, beside);
  }

  const objectAt = (level: number) =>
    fc
      .dictionary(names, schemaAt(level), { minKeys: 1, maxKeys: 3, noNullPrototype: true })
      .map((properties): JsonObject => ({ type: "object", properties }));

  const document = fc
    .record({
      x: schemaAt(0),
      $defs: fc.record({
        S0: schemaAt(1),
        S1: schemaAt(2),
        S2: schemaAt(3),
        S3: schemaAt(4),
        O0: objectAt(1),
        O1: objectAt(2),
        O2: objectAt(3),
        O3: objectAt(4),
      }),
    })
    .map(({ x, $defs }) => holding(x, { $defs }));

  /** The places of all properties that any branch names. */
  function placesIn(schema: unknown, root: JsonObject): Set<string> {
    if (!isJsonObject(schema)) return new Set();
    const { $ref, allOf, properties } = schema;
    const target = typeof $ref === "string" ? resolveRef(root, $ref) : undefined;
    const beside = [target, ...(Array.isArray(allOf) ? allOf : [])];
    const own = Object.entries(isJsonObject(properties) ? properties : {}).flatMap(
      ([name, property]) => [name, ...[...placesIn(property, root)].map((at) => `${name}.${at}`)],
    );
    return new Set([...own, ...beside.flatMap((branch) => [...placesIn(branch, root)])]);
  }

  test("no property that any branch names is lost", () => {
    fc.assert(
      fc.property(document, (schema) => {
        const { seat } = encode(schema);
        const written = seat && ("openApi" in seat ? seat.openApi : seat.json);
        expect(JSON.stringify(written)).not.toContain("allOf");
        expect(placesIn(written, written ?? {})).toEqual(placesIn(schema, schema));
      }),
    );
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
