import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { NoticeList } from "../notice-list.ts";
import { withoutAllOf } from "./all-of.ts";
import { exactSchema } from "./exact-schema.ts";
import { jsonSchema } from "./json-schema.ts";

/** A schema under the member that takes it; nothing for one that asks for nothing. */
export type SchemaSeat =
  | { readonly openApi: JsonObject }
  | { readonly json: JsonObject }
  | undefined;

/**
 * Gemini reads schemas in two languages: a part of OpenAPI's, which every model and version of the
 * API knows, and a part of JSON Schema, which newer ones know. The first is taken where it says the
 * same; the second says more, and what it cannot say either is dropped with a notice each.
 * https://ai.google.dev/gemini-api/docs/structured-output
 */
export function encodeSchema(written: JsonObject, at: string, list: NoticeList): SchemaSeat {
  const schema = withoutAllOf(written, at, list);
  if (isEmpty(schema)) return undefined;
  const openApi = exactSchema(schema);
  return openApi ? { openApi } : { json: jsonSchema(schema, at, list) };
}

/** An object without properties is refused as a function's parameters. */
function isEmpty({ type, properties, ...rest }: JsonObject): boolean {
  if (type !== undefined && type !== "object") return false;
  if (isJsonObject(properties) && Object.keys(properties).length > 0) return false;
  if (isJsonObject(rest.additionalProperties)) return false;
  return Object.keys(rest).every((key) => EMPTY_MEMBERS.has(key));
}

const EMPTY_MEMBERS = new Set([
  "$schema",
  "$id",
  "$comment",
  "title",
  "description",
  "required",
  "additionalProperties",
]);

/** OpenAPI's schema as JSON Schema, tolerant of names and of numbers written as text. */
export function decodeSchema(wire: JsonObject): JsonObject {
  const schema: Record<string, Json> = {};
  for (const key in wire) {
    const value = wire[key];
    const name = SNAKE_NAMES[key] ?? key;
    if (value !== undefined && value !== null) readMember(schema, name, value);
  }
  return schema.nullable === true ? nullable(schema) : without(schema, "nullable");
}

const SNAKE_NAMES: Readonly<Record<string, string>> = {
  any_of: "anyOf",
  max_items: "maxItems",
  min_items: "minItems",
  max_length: "maxLength",
  min_length: "minLength",
  max_properties: "maxProperties",
  min_properties: "minProperties",
  property_ordering: "propertyOrdering",
};

const COUNTS = new Set([
  "maxItems",
  "minItems",
  "maxLength",
  "minLength",
  "maxProperties",
  "minProperties",
]);

function readMember(schema: Record<string, Json>, name: string, value: Json): void {
  if (name === "type" && typeof value === "string") {
    if (value !== "TYPE_UNSPECIFIED") schema.type = value.toLowerCase();
  } else if (name === "properties" && isJsonObject(value)) {
    schema.properties = mapped(value);
  } else if (name === "items" && isJsonObject(value)) {
    schema.items = decodeSchema(value);
  } else if (name === "anyOf" && Array.isArray(value)) {
    schema.anyOf = value.map((branch) => (isJsonObject(branch) ? decodeSchema(branch) : branch));
  } else if (name === "example") {
    schema.examples = [value];
  } else if (COUNTS.has(name)) {
    schema[name] = Number(value);
  } else if (name !== "propertyOrdering" && !(name === "format" && value === "enum")) {
    schema[name] = value;
  }
}

function mapped(properties: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      isJsonObject(property) ? decodeSchema(property) : property,
    ]),
  );
}

function nullable(schema: Record<string, Json>): JsonObject {
  const rest = without(schema, "nullable");
  if (typeof rest.type === "string") {
    const values = Array.isArray(rest.enum) ? { enum: [...rest.enum, null] } : {};
    return { ...rest, type: [rest.type, "null"], ...values };
  }
  const branches = Array.isArray(rest.anyOf) ? rest.anyOf : [];
  return { ...rest, anyOf: [...branches, { type: "null" }] };
}

function without({ ...schema }: Record<string, Json>, key: string): JsonObject {
  delete schema[key];
  return schema;
}
