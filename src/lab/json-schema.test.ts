import { expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { valueFor } from "./json-schema.ts";
import { randomness } from "./randomness.ts";

const sample = (seed: number) => ({
  random: randomness(seed, ""),
  words: ["Lisbon", "Oslo"] as const,
});

const leaf = fc.oneof(
  fc.constant(z.boolean()),
  fc.constant(z.null()),
  fc.constant(z.email()),
  fc.constant(z.uuid()),
  fc.constant(z.iso.datetime()),
  fc.constant(z.string().regex(/^[A-Z]{3}-\d{3}$/)),
  fc.constant(z.literal("fixed")),
  fc.constant(z.enum(["a", "b", "c"])),
  fc.tuple(fc.nat(20), fc.nat(20)).map(([min, more]) =>
    z
      .string()
      .min(min)
      .max(min + more),
  ),
  fc.tuple(fc.integer({ min: -99, max: 99 }), fc.nat(9)).map(([min, more]) =>
    z
      .int()
      .min(min)
      .max(min + more),
  ),
  fc.integer({ min: -99, max: 99 }).map((max) => z.number().lt(max)),
  fc.integer({ min: 2, max: 9 }).map((step) => z.int().multipleOf(step).gt(0)),
);

const { schema: schemas } = fc.letrec<{ schema: z.ZodType }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc
      .dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie("schema"), { maxKeys: 4 })
      .map((shape) => z.object(shape)),
    fc.tuple(tie("schema"), fc.nat(3)).map(([item, min]) =>
      z
        .array(item)
        .min(min)
        .max(min + 1),
    ),
    fc.tuple(tie("schema"), tie("schema")).map(([one, two]) => z.union([one, two])),
    fc.tuple(tie("schema"), tie("schema")).map(([one, two]) => z.tuple([one, two])),
    tie("schema").map((inner) => inner.nullable()),
    tie("schema").map((inner) => inner.optional()),
  ),
}));

test("a generated value is valid for its schema, and the same for the same seed", () => {
  const objects = fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), schemas, { maxKeys: 5 });
  fc.assert(
    fc.property(objects, fc.nat(), (shape, seed) => {
      const schema = z.strictObject(shape);
      const written = z.toJSONSchema(schema);
      const value = valueFor(written, sample(seed));
      schema.parse(value);
      expect(valueFor(written, sample(seed))).toEqual(value);
    }),
  );
});

test("a recursive schema ends", () => {
  const node = {
    type: "object",
    properties: {
      name: { type: "string" },
      next: { anyOf: [{ $ref: "#" }, { type: "null" }] },
      children: { type: "array", items: { $ref: "#/$defs/leaf" } },
    },
    required: ["name", "next", "children"],
    $defs: { leaf: { type: "object", properties: { up: { $ref: "#" } }, required: [] } },
  };
  expect(JSON.stringify(valueFor(node, sample(1)))).toContain('"next":null');
});

test("words of the question fill its strings", () => {
  expect(["Lisbon", "Oslo"]).toContain(String(valueFor({ type: "string" }, sample(1))));
});

test("parts of allOf are joined", () => {
  const schema = {
    allOf: [
      { type: "object", properties: { a: { const: 1 } }, required: ["a"] },
      { type: "object", properties: { b: { const: 2 } }, required: ["b"] },
    ],
  };
  expect(valueFor(schema, sample(1))).toEqual({ a: 1, b: 2 });
});
