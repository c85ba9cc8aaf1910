import type { Randomness } from "./randomness.ts";

export interface Sample {
  readonly random: Randomness;
  /** Words the strings are made of. */
  readonly words: readonly [string, ...string[]];
}

const MAX_DEPTH = 12;

/** A value valid for a JSON Schema (2020-12; the parts model vendors accept). */
export function valueFor(schema: unknown, sample: Sample): unknown {
  return value(schema, { sample, root: schema, depth: 0 });
}

interface Place {
  readonly sample: Sample;
  readonly root: unknown;
  readonly depth: number;
}

function value(schema: unknown, place: Place): unknown {
  if (!isObject(schema)) return schema === false ? null : anything(place);
  if (typeof schema["$ref"] === "string") {
    return value(resolve(place.root, schema["$ref"]), { ...place, depth: place.depth + 1 });
  }
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"]) && schema["enum"].length > 0) {
    return schema["enum"][place.sample.random.integer(0, schema["enum"].length - 1)];
  }
  if (Array.isArray(schema["allOf"])) return value(merged(schema, schema["allOf"]), place);
  const branches = schema["anyOf"] ?? schema["oneOf"];
  if (Array.isArray(branches)) return value({ ...base(schema), ...branch(branches, place) }, place);
  return ofType(typeOf(schema), schema, place);
}

function ofType(type: string, schema: JsonObject, place: Place): unknown {
  switch (type) {
    case "object":
      return objectFor(schema, place);
    case "array":
      return arrayFor(schema, place);
    case "string":
      return stringFor(schema, place.sample);
    case "integer":
    case "number":
      return numberFor(schema, type === "integer", place.sample.random);
    case "boolean":
      return place.sample.random.fraction() < 0.5;
    case "null":
      return null;
    default:
      return anything(place);
  }
}

function anything(place: Place): string {
  return stringFor({}, place.sample);
}

function typeOf(schema: JsonObject): string {
  const type = Array.isArray(schema["type"])
    ? (schema["type"].find((name) => name !== "null") ?? "null")
    : schema["type"];
  if (typeof type === "string") return type;
  if (isObject(schema["properties"])) return "object";
  if ("items" in schema || "prefixItems" in schema) return "array";
  return "any";
}

function objectFor(schema: JsonObject, place: Place): JsonObject {
  const properties = isObject(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? schema["required"] : [];
  const inner = { ...place, depth: place.depth + 1 };
  const entries = Object.entries(properties)
    // Past the depth bound only what must be there, so that a recursive schema ends.
    .filter(([name]) => required.includes(name) || place.depth < 3)
    .map(([name, property]): [string, unknown] => [name, value(property, inner)]);
  for (const name of required) {
    if (typeof name === "string" && !(name in properties)) entries.push([name, anything(inner)]);
  }
  return Object.fromEntries(entries);
}

function arrayFor(schema: JsonObject, place: Place): readonly unknown[] {
  const inner = { ...place, depth: place.depth + 1 };
  const prefix = Array.isArray(schema["prefixItems"]) ? schema["prefixItems"] : [];
  const items: unknown[] = prefix.map((item) => value(item, inner));
  const least = count(schema["minItems"], 0);
  const wanted = Math.max(least, place.depth < 3 && schema["items"] !== false ? 1 : 0);
  const seen = new Set(items.map((item) => JSON.stringify(item)));
  for (let tries = 0; items.length < wanted && tries < 64; tries += 1) {
    const item = value(schema["items"] ?? true, inner);
    if (schema["uniqueItems"] === true && seen.has(JSON.stringify(item))) continue;
    seen.add(JSON.stringify(item));
    items.push(item);
  }
  return items.slice(0, Math.max(least, count(schema["maxItems"], items.length)));
}

const FORMATS: Readonly<Record<string, string>> = {
  date: "2025-06-15",
  time: "12:30:00Z",
  "date-time": "2025-06-15T12:30:00Z",
  duration: "PT15M",
  email: "ada@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uuid: "6f1c1e52-6a31-4c5e-9a52-3a1f0f0f2b11",
  uri: "https://example.com/",
};

function stringFor(schema: JsonObject, sample: Sample): string {
  const format = typeof schema["format"] === "string" ? FORMATS[schema["format"]] : undefined;
  if (format !== undefined) return format;
  if (typeof schema["pattern"] === "string") return matching(schema["pattern"], schema, sample);
  return fitted(sample.random.pick(sample.words), schema);
}

function fitted(word: string, schema: JsonObject): string {
  const least = count(schema["minLength"], 0);
  const most = count(schema["maxLength"], Number.POSITIVE_INFINITY);
  const characters = [...word];
  while (characters.length < least) characters.push("x");
  return characters.slice(0, most).join("");
}

/** Tries plain candidates; a pattern none of them fits gives its literal letters, which may not match. */
function matching(pattern: string, schema: JsonObject, sample: Sample): string {
  const regex = new RegExp(pattern, "u");
  const lengths = Array.from({ length: 24 }, (_, index) => index + 1);
  const candidates = [
    ...sample.words,
    ...lengths.flatMap((length) =>
      ["a", "A", "1", "f", "_"].map((letter) => letter.repeat(length)),
    ),
    ...Object.values(FORMATS),
    "A1",
    "a1",
    "AB12",
    "ABC-123",
    "123-456-7890",
    "+15555550100",
    "#a1b2c3",
    "1.0.0",
    "@ada",
  ];
  const found = candidates.find((candidate) => regex.test(fitted(candidate, schema)));
  return fitted(found ?? pattern.replace(/[^A-Za-z0-9]/g, ""), schema);
}

function numberFor(schema: JsonObject, whole: boolean, random: Randomness): number {
  const step = typeof schema["multipleOf"] === "number" ? schema["multipleOf"] : whole ? 1 : 0.5;
  const least = bound(schema["minimum"], schema["exclusiveMinimum"], step);
  const most = bound(schema["maximum"], schema["exclusiveMaximum"], -step);
  const from = least ?? (most === undefined ? 1 : most - 10 * step);
  const to = most ?? from + 10 * step;
  const first = Math.ceil(from / step);
  const last = Math.max(first, Math.floor(to / step));
  return random.integer(first, last) * step;
}

function bound(inclusive: unknown, exclusive: unknown, step: number): number | undefined {
  if (typeof exclusive === "number") return exclusive + step;
  return typeof inclusive === "number" ? inclusive : undefined;
}

function count(given: unknown, fallback: number): number {
  return typeof given === "number" ? given : fallback;
}

/** A branch that is not null while there is room, null (or the last) when the schema goes too deep. */
function branch(branches: readonly unknown[], place: Place): JsonObject {
  const objects = branches.filter(isObject);
  const nulls = objects.filter((option) => option["type"] === "null");
  const others = objects.filter((option) => option["type"] !== "null");
  const chosen =
    place.depth >= MAX_DEPTH || others.length === 0 ? (nulls[0] ?? others[0]) : others[0];
  return chosen ?? {};
}

function base(schema: JsonObject): JsonObject {
  const { anyOf: _anyOf, oneOf: _oneOf, ...rest } = schema;
  return rest;
}

function merged(schema: JsonObject, parts: readonly unknown[]): JsonObject {
  const { allOf: _allOf, ...rest } = schema;
  const all = [rest, ...parts.filter(isObject)];
  return {
    ...Object.fromEntries(all.flatMap(Object.entries)),
    properties: Object.fromEntries(
      all.flatMap((part) =>
        isObject(part["properties"]) ? Object.entries(part["properties"]) : [],
      ),
    ),
    required: all.flatMap((part) => (Array.isArray(part["required"]) ? part["required"] : [])),
  };
}

function resolve(root: unknown, reference: string): unknown {
  if (!reference.startsWith("#")) return true;
  let at: unknown = root;
  for (const step of reference.slice(1).split("/").slice(1)) {
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = isObject(at) || Array.isArray(at) ? Reflect.get(at, name) : undefined;
  }
  return at ?? true;
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a request's body says; undefined for what is no JSON. */
export function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
