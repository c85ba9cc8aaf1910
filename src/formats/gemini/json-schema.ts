import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { NoticeList } from "../notice-list.ts";

/** https://ai.google.dev/api/generate-content#FIELDS.response_json_schema */
const KEPT = new Set([
  "$ref",
  "type",
  "format",
  "title",
  "description",
  "enum",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "required",
  "propertyOrdering",
]);

/** The schema in Gemini's part of JSON Schema; what it lacks is dropped with a notice. */
export function jsonSchema(written: JsonObject, at: string, list: NoticeList): JsonObject {
  const schema = plainer(written);
  const out: Record<string, Json> = {};
  for (const key in schema) {
    const value = schema[key];
    if (value === undefined || SILENT.has(key)) continue;
    if (typeof schema.$ref === "string" && !key.startsWith("$") && key !== "definitions") {
      list.dropped(`${at}.${key}`, "Gemini takes nothing beside a reference.");
      continue;
    }
    writeMember(out, key, value, { at: `${at}.${key}`, list });
  }
  return out;
}

interface Where {
  readonly at: string;
  readonly list: NoticeList;
}

function writeMember(out: Record<string, Json>, key: string, value: Json, where: Where): void {
  const { at, list } = where;
  switch (key) {
    case "$ref":
      out.$ref = typeof value === "string" ? value.replace(/^#\/definitions\//, "#/$defs/") : value;
      return;
    case "$defs":
    case "definitions":
      out.$defs = { ...(isJsonObject(out.$defs) ? out.$defs : {}), ...mapped(value, where) };
      return;
    case "properties":
      out.properties = mapped(value, where);
      return;
    case "anyOf":
    case "oneOf":
    case "prefixItems":
      out[key] = Array.isArray(value)
        ? value.map((item, i) => inner(item, `${at}[${i}]`, list))
        : value;
      return;
    case "items":
    case "additionalProperties":
      out[key] = inner(value, at, list);
      return;
  }
  if (KEPT.has(key)) out[key] = value;
  else if (!key.startsWith("x-")) list.dropped(at, `Gemini's schemas have no ${key}.`);
}

function inner(value: Json, at: string, list: NoticeList): Json {
  return isJsonObject(value) ? jsonSchema(value, at, list) : value;
}

function mapped(value: Json, { at, list }: Where): JsonObject {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, schema]) => [
      name,
      inner(schema ?? {}, `${at}.${name}`, list),
    ]),
  );
}

/** Members that say nothing about values: they are left out without a word. */
export const SILENT = new Set([
  "$schema",
  "$id",
  "$comment",
  "$anchor",
  "deprecated",
  "readOnly",
  "writeOnly",
  "strict",
]);

/**
 * What both of Gemini's schema languages lack but can say otherwise: `const` as a list of one, a
 * whole number's open bounds as closed ones, and a default in the description.
 */
export function plainer(schema: JsonObject): JsonObject {
  const { const: only, default: preset, exclusiveMinimum, exclusiveMaximum, ...rest } = schema;
  const isInteger = Array.isArray(rest.type)
    ? rest.type.every((type) => type === "integer" || type === "null")
    : rest.type === "integer";
  return {
    ...rest,
    ...(only !== undefined && { enum: [only] }),
    ...(preset !== undefined && { description: withDefault(rest.description, preset) }),
    ...bound("minimum", "exclusiveMinimum", isInteger ? 1 : undefined, exclusiveMinimum, rest),
    ...bound("maximum", "exclusiveMaximum", isInteger ? -1 : undefined, exclusiveMaximum, rest),
  };
}

function bound(
  closed: string,
  open: string,
  step: number | undefined,
  value: Json | undefined,
  schema: JsonObject,
): JsonObject {
  if (value === undefined) return {};
  if (typeof value !== "number" || step === undefined || schema[closed] !== undefined) {
    return { [open]: value };
  }
  return { [closed]: value + step };
}

function withDefault(description: Json | undefined, preset: Json): string {
  const said = typeof description === "string" && description !== "" ? `${description} ` : "";
  return `${said}(default: ${JSON.stringify(preset)})`;
}
