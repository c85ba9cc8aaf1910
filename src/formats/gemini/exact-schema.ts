import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import { resolveRef } from "../object-schema.ts";
import { plainer, SILENT } from "./json-schema.ts";

/** What a schema stands in: its document, and the references that led to it. */
interface Place {
  readonly root: JsonObject;
  readonly refs: readonly string[];
  readonly copies: { count: number };
}

/** Each schema of a document may name the next one twice, and this language has no references. */
const MAX_COPIES = 1000;

/**
 * The schema in Gemini's part of OpenAPI 3.0 (https://ai.google.dev/api/caching#Schema), or
 * undefined where it cannot say the same.
 */
export function exactSchema(schema: JsonObject): JsonObject | undefined {
  return exact(schema, { root: schema, refs: [], copies: { count: 0 } });
}

function exact(written: Json | undefined, place: Place): JsonObject | undefined {
  if (!isJsonObject(written)) return undefined;
  if (place.refs.length > 0) place.copies.count++;
  if (place.copies.count > MAX_COPIES) return undefined;
  const schema = plainer(written);
  if (typeof schema.$ref === "string") return referred(schema, schema.$ref, place);
  if (schema.anyOf !== undefined && schema.oneOf !== undefined) return undefined;
  const branches = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(branches)) return choice(schema, branches, place);
  return typed(schema, place);
}

function referred(schema: JsonObject, ref: string, place: Place): JsonObject | undefined {
  const { root, refs } = place;
  const target = refs.includes(ref) ? undefined : resolveRef(root, ref);
  if (!target) return undefined;
  const { $ref: _, ...words } = schema;
  return exact({ ...target, ...words }, { ...place, refs: [...refs, ref] });
}

const BESIDE_CHOICE = new Set(["anyOf", "oneOf", "title", "description", "$defs", "definitions"]);

function choice(
  schema: JsonObject,
  branches: readonly Json[],
  place: Place,
): JsonObject | undefined {
  const keys = Object.keys(schema).filter((key) => !SILENT.has(key));
  if (!keys.every((key) => BESIDE_CHOICE.has(key))) return undefined;
  const others = branches.filter((branch) => !isNull(branch));
  const [only] = others;
  const exacts = others.map((branch) => exact(branch, place)).filter((one) => one !== undefined);
  if (!only || exacts.length < others.length) return undefined;
  const words = wordsOf(schema);
  const nullable = others.length < branches.length ? { nullable: true } : {};
  if (exacts.length === 1) return { ...exacts[0], ...words, ...nullable };
  return { ...words, anyOf: exacts, ...nullable };
}

function isNull(branch: Json): boolean {
  return isJsonObject(branch) && branch.type === "null";
}

function wordsOf({ title, description }: JsonObject): JsonObject {
  return {
    ...(typeof title === "string" && { title }),
    ...(typeof description === "string" && { description }),
  };
}

function typed(schema: JsonObject, place: Place): JsonObject | undefined {
  const types = typesOf(schema);
  const names = types.filter((type) => type !== "null");
  const [type] = names;
  if (names.length !== 1 || type === undefined) return undefined;
  const out: Record<string, Json> = { type };
  for (const key in schema) {
    const value = schema[key];
    if (key === "type" || value === undefined || SILENT.has(key)) continue;
    const member = exactMember(key, value, type, place);
    if (!member) return undefined;
    Object.assign(out, member);
  }
  if (type === "array" && out.items === undefined) return undefined;
  if (type === "object" && out.properties === undefined) return undefined;
  if (!hasWhatItRequires(out)) return undefined;
  if (types.length > names.length || hasNull(schema.enum)) out.nullable = true;
  return out;
}

/** "required[0]: property is not defined" */
function hasWhatItRequires({ required, properties }: JsonObject): boolean {
  if (!Array.isArray(required)) return true;
  const known = isJsonObject(properties) ? properties : {};
  return required.every((name) => typeof name === "string" && Object.hasOwn(known, name));
}

function typesOf({ type, enum: values, properties }: JsonObject): readonly Json[] {
  if (Array.isArray(type)) return type;
  if (typeof type === "string") return [type];
  if (isJsonObject(properties)) return ["object"];
  return Array.isArray(values) ? ["string"] : [];
}

function hasNull(values: Json | undefined): boolean {
  return Array.isArray(values) && values.includes(null);
}

const AS_THEY_STAND = new Set([
  "title",
  "description",
  "required",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "pattern",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
]);

const FORMATS: Readonly<Record<string, ReadonlySet<Json>>> = {
  string: new Set(["date-time"]),
  integer: new Set(["int32", "int64"]),
  number: new Set(["float", "double"]),
};

/** Undefined where the member cannot be said; an empty object where it need not be. */
function exactMember(key: string, value: Json, type: Json, place: Place): JsonObject | undefined {
  if (AS_THEY_STAND.has(key)) return { [key]: value };
  switch (key) {
    case "$defs":
    case "definitions":
      return {};
    case "enum":
      return exactEnum(value, type);
    case "format":
      return typeof type === "string" && FORMATS[type]?.has(value) ? { format: value } : undefined;
    case "examples":
      return Array.isArray(value) && value[0] !== undefined ? { example: value[0] } : {};
    case "additionalProperties":
      return isJsonObject(value) ? undefined : {};
    case "items": {
      const items = exact(value, place);
      return items && { items };
    }
    case "properties":
      return exactProperties(value, place);
  }
  return undefined;
}

function exactEnum(value: Json, type: Json): JsonObject | undefined {
  if (!Array.isArray(value) || type !== "string") return undefined;
  const names = value.filter((item) => item !== null);
  return names.length > 0 && names.every((item) => typeof item === "string" && item !== "")
    ? { enum: names }
    : undefined;
}

function exactProperties(value: Json, place: Place): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value).map(([name, property]) => [name, exact(property, place)]);
  if (entries.length === 0 || entries.some(([, property]) => property === undefined)) {
    return undefined;
  }
  return { properties: Object.fromEntries(entries) };
}
