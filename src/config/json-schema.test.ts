import { expect, test } from "bun:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { TEST_PLUGINS } from "../../tests/fixtures/test-plugins.ts";
import { fileJsonSchema, pluginJsonSchema } from "./json-schema.ts";

const schema = fileJsonSchema(TEST_PLUGINS);

test("validators that refuse unknown keywords take it", () => {
  const strict = new Ajv2020({ strictTypes: false, validateFormats: false });
  const validate = strict.compile(schema);
  expect(validate({ providers: { openai: "k" }, models: { fast: "openai/gpt-4o" } })).toBe(true);
  expect(validate({ providers: [] })).toBe(false);
});

test("every reference leads to a definition", () => {
  const names = [...JSON.stringify(schema).matchAll(/"#\/\$defs\/([^"]+)"/g)].map(
    ([, name]) => name,
  );
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) expect(Object.keys(schema.$defs ?? {})).toContain(name ?? "");
});

test("lists of nested entities say what they hold, in both forms", () => {
  const services = schema.$defs?.["services"]?.properties;
  expect(schema.properties?.["services"]).toMatchObject({ items: { $ref: "#/$defs/services" } });
  expect(services?.["routes"]).toMatchObject({ items: { $ref: "#/$defs/routes" } });
  expect(services?.["plugins"]).toMatchObject({ items: { $ref: "#/$defs/plugins" } });
});

test("a plugin's config is chosen by its name", () => {
  expect(schema.$defs?.["plugins"]?.allOf).toContainEqual({
    if: { properties: { name: { const: "http-log" } }, required: ["name"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { config: { $ref: "#/$defs/plugin-http-log" } } },
  });
});

test("fields with defaults are not required, and secrets are write-only", () => {
  const [, , log] = TEST_PLUGINS;
  const json = log && pluginJsonSchema(log);
  expect(json?.required).toEqual(["http_endpoint"]);
  expect(json?.properties?.["http_endpoint"]).toMatchObject({ writeOnly: true });
  expect(json?.properties?.["timeout"]).toMatchObject({
    default: 10_000,
    description: "Milliseconds.",
  });
  expect(json?.additionalProperties).toBe(false);
});

test("every field of an entity is described", () => {
  for (const definition of Object.values(schema.$defs ?? {})) {
    for (const [name, field] of Object.entries(definition.properties ?? {})) {
      const described = typeof field === "object" && field.description !== undefined;
      expect({ name, described }).toEqual({ name, described: true });
    }
  }
});
