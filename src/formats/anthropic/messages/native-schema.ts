import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import { isJsonArray } from "../../fields.ts";

/**
 * A schema as structured output takes it: every object closed, and without the bounds that the API
 * refuses (https://platform.claude.com/docs/en/build-with-claude/structured-outputs). A bound stays
 * in the description, for the model to read. Gives the schema itself when it is fit as it stands.
 */
export function nativeSchema(schema: JsonObject): JsonObject {
  let changed = false;
  const fit: Record<string, Json> = {};
  const told: string[] = [];
  for (const [key, value] of Object.entries(schema)) {
    if (value === undefined) continue;
    if (isRefused(key, value)) {
      told.push(`${key}: ${JSON.stringify(value)}`);
      continue;
    }
    const name = key === "oneOf" ? "anyOf" : key;
    const inner = fitMember(key, value);
    fit[name] = inner;
    changed ||= inner !== value || name !== key;
  }
  if (isObjectSchema(schema) && schema.additionalProperties !== false) {
    fit.additionalProperties = false;
    changed = true;
  }
  if (told.length > 0) {
    const words = typeof schema.description === "string" ? `${schema.description}\n\n` : "";
    fit.description = `${words}{${told.join(", ")}}`;
    changed = true;
  }
  return changed ? fit : schema;
}

const REFUSED = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "maxItems",
  "uniqueItems",
  "minProperties",
  "maxProperties",
  "patternProperties",
  "contains",
  "not",
  "if",
  "then",
  "else",
]);

const FORMATS = new Set<Json>([
  "date-time",
  "time",
  "date",
  "duration",
  "email",
  "hostname",
  "uri",
  "ipv4",
  "ipv6",
  "uuid",
]);

function isRefused(key: string, value: Json): boolean {
  if (key === "minItems") return value !== 0 && value !== 1;
  if (key === "format") return !FORMATS.has(value);
  return REFUSED.has(key);
}

function isObjectSchema(schema: JsonObject): boolean {
  const { type } = schema;
  return type === "object" || (isJsonArray(type) && type.includes("object"));
}

const NAMED_SCHEMAS = new Set(["properties", "$defs", "definitions"]);
const LISTED_SCHEMAS = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);

function fitMember(key: string, value: Json): Json {
  if (key === "items" && isJsonObject(value)) return nativeSchema(value);
  if (NAMED_SCHEMAS.has(key) && isJsonObject(value)) {
    const entries = Object.entries(value).map(([name, inner]) => [name, fitSchema(inner)] as const);
    const same = entries.every(([name, inner]) => inner === value[name]);
    return same ? value : Object.fromEntries(entries);
  }
  if (LISTED_SCHEMAS.has(key) && isJsonArray(value)) {
    const inner = value.map(fitSchema);
    return inner.every((schema, i) => schema === value[i]) ? value : (inner as Json[]);
  }
  return value;
}

function fitSchema(schema: Json | undefined): Json | undefined {
  return isJsonObject(schema) ? nativeSchema(schema) : schema;
}
