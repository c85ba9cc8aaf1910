import { describe, expect, test } from "bun:test";
import Ajv from "ajv";
import type { JsonObject } from "../chat/json.ts";
import { objectSchema } from "./object-schema.ts";

const byName: JsonObject = {
  type: "object",
  properties: { name: { type: "string" } },
  required: ["name"],
};
const byId: JsonObject = {
  type: "object",
  properties: { id: { type: "integer" }, name: { type: "integer" } },
  required: ["id"],
};

const WRITTEN: Readonly<Record<string, JsonObject>> = {
  anyOf: { anyOf: [byName, byId] },
  oneOf: { oneOf: [byName, byId], description: "What to find." },
  allOf: { allOf: [byName, { properties: { id: { type: "integer" } } }] },
  "forms beside properties": { ...byName, anyOf: [{ required: ["name"] }, { required: ["id"] }] },
  "a reference": { $ref: "#/$defs/it", $defs: { it: { anyOf: [byName, byId] } } },
  "forms within forms": { anyOf: [{ oneOf: [byName, byId] }, { allOf: [byName] }] },
  "an object or null": { ...byName, type: ["object", "null"] },
};

describe("one object takes whatever one of the forms takes", () => {
  test.each(Object.entries(WRITTEN))("%s", (_, written) => {
    const { schema } = objectSchema(written);
    expect(schema.type).toBe("object");
    for (const word of ["anyOf", "oneOf", "allOf", "$ref"]) expect(schema).not.toHaveProperty(word);
    const ajv = new Ajv({ strict: false });
    const [before, after] = [ajv.compile(written), ajv.compile(schema)];
    for (const value of [{ name: "a" }, { id: 1 }, { id: 1, name: 2 }, { name: "a", id: 1 }]) {
      if (before(value)) expect(after(value), JSON.stringify(value)).toBe(true);
    }
  });
});

test("what no schema of one object says stands in its description", () => {
  const { schema, loosened } = objectSchema(WRITTEN["anyOf"]);
  expect(loosened).toBe(true);
  expect(schema.description).toContain('"required":["name"]} or {');
  expect(objectSchema(WRITTEN["allOf"]).loosened).toBe(false);
});

test("an object is itself, and references without end do end", () => {
  expect(objectSchema(byName).schema).toBe(byName);
  const doubled = Array.from({ length: 40 }, (_, i): [string, JsonObject] => [
    `n${i}`,
    { anyOf: [{ $ref: `#/$defs/n${(i + 1) % 40}` }, { $ref: `#/$defs/n${(i + 2) % 40}` }] },
  ]);
  const endless = { $ref: "#/$defs/n0", $defs: Object.fromEntries(doubled) };
  expect(objectSchema(endless).schema.type).toBe("object");
});
