import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { NoticeList } from "../notice-list.ts";
import { resolveRef } from "../object-schema.ts";
import { SILENT } from "./json-schema.ts";

/** A value of the document, and the references that led to it. */
interface Value {
  readonly json: Json;
  readonly refs: readonly string[];
}

interface Piece {
  readonly schema: JsonObject;
  readonly refs: readonly string[];
}

/**
 * The same schema without `allOf`, which neither of Gemini's schema languages has: its branches,
 * and what stands beside a reference, become one schema. Where two say what one schema cannot, one
 * of them is kept with a notice.
 */
export function withoutAllOf(root: JsonObject, at: string, list: NoticeList): JsonObject {
  return joinedSchemas([{ schema: root, refs: [] }], at, { root, list, copies: 0 });
}

interface Setting {
  readonly root: JsonObject;
  readonly list: NoticeList;
  /** Schemas written out in the places of references. */
  copies: number;
}

/** Each schema of a document may name the next one twice: what stays a reference does not double. */
const MAX_COPIES = 1000;

function joinedSchemas(schemas: readonly Piece[], at: string, setting: Setting): JsonObject {
  if (schemas.some(({ refs }) => refs.length > 0)) setting.copies++;
  const pieces = schemas.flatMap(spread);
  const opened = isReference(pieces) ? pieces : pieces.flatMap((piece) => open(piece, at, setting));
  const members = new Map<string, Value[]>();
  for (const { schema, refs } of opened) {
    for (const key in schema) {
      const json = schema[key];
      if (json === undefined) continue;
      const values = members.get(key) ?? [];
      values.push({ json, refs });
      members.set(key, values);
    }
  }
  return Object.fromEntries(
    Array.from(members, ([key, values]) => [key, joined(key, values, `${at}.${key}`, setting)]),
  );
}

/** A schema's own words stand over those of what it is made of. */
const WORDS: readonly string[] = ["title", "description", "default", "examples"];

function under(below: readonly Piece[], own: Piece): Piece[] {
  const said = WORDS.filter((word) => own.schema[word] !== undefined);
  const left = below.map(({ schema, refs }) => ({ schema: omitted(schema, said), refs }));
  return [...left, own];
}

function omitted(schema: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => !keys.includes(key)));
}

function spread({ schema, refs }: Piece): Piece[] {
  if (!Array.isArray(schema.allOf)) return [{ schema, refs }];
  const { allOf, ...own } = schema;
  const branches = allOf.filter(isJsonObject).flatMap((branch) => spread({ schema: branch, refs }));
  return under(branches, { schema: own, refs });
}

const BESIDE_REFERENCE = new Set([...WORDS, ...SILENT, "$ref", "$defs", "definitions"]);

/** One reference and words about it need not be opened. */
function isReference(pieces: readonly Piece[]): boolean {
  const refs = new Set(pieces.flatMap(({ schema }) => schema.$ref ?? []));
  const keys = pieces.flatMap(({ schema }) => Object.keys(schema));
  return refs.size === 1 && keys.every((key) => BESIDE_REFERENCE.has(key));
}

/** A reference to what holds it stays one: it has no end. */
function open(piece: Piece, at: string, setting: Setting): Piece[] {
  const { $ref: ref, ...own } = piece.schema;
  if (typeof ref !== "string") return [piece];
  if (piece.refs.includes(ref) || setting.copies > MAX_COPIES) return [piece];
  const target = resolveRef(setting.root, ref);
  if (!target) {
    setting.list.dropped(`${at}.$ref`, "No schema of the document has this name.");
    return [{ schema: own, refs: piece.refs }];
  }
  setting.copies++;
  const refs = [...piece.refs, ref];
  const named = { schema: omitted(target, ["$defs", "definitions"]), refs };
  const opened = spread(named).flatMap((inner) => open(inner, at, setting));
  return under(opened, { schema: own, refs: piece.refs });
}

function joined(key: string, values: readonly Value[], at: string, setting: Setting): Json {
  switch (key) {
    case "properties":
    case "patternProperties":
    case "$defs":
    case "definitions":
      return joinedMaps(values, at, setting);
    case "items":
    case "additionalProperties":
      return joinedValues(values, at, setting);
    case "anyOf":
    case "oneOf":
    case "prefixItems": {
      const { json, refs } = merged(key, values, at, setting.list);
      if (!Array.isArray(json)) return json;
      return json.map((item, i) => joinedValues([{ json: item, refs }], `${at}[${i}]`, setting));
    }
  }
  return merged(key, values, at, setting.list).json;
}

function joinedMaps(values: readonly Value[], at: string, setting: Setting): JsonObject {
  const named = new Map<string, Value[]>();
  for (const { json, refs } of values) {
    for (const [name, schema] of Object.entries(isJsonObject(json) ? json : {})) {
      named.set(name, [...(named.get(name) ?? []), { json: schema ?? {}, refs }]);
    }
  }
  return Object.fromEntries(
    Array.from(named, ([name, schemas]) => [name, joinedValues(schemas, `${at}.${name}`, setting)]),
  );
}

/** `true` allows everything, and `false` nothing. */
function joinedValues(values: readonly Value[], at: string, setting: Setting): Json {
  if (values.some(({ json }) => json === false)) return false;
  const schemas = values.flatMap(({ json, refs }) =>
    isJsonObject(json) ? [{ schema: json, refs }] : [],
  );
  if (schemas.length === 0) return values[0]?.json ?? {};
  return joinedSchemas(schemas, at, setting);
}

/** What two values of a keyword are together; undefined where one schema cannot say it. */
type Join = (one: Json, other: Json) => Json | undefined;

const atLeast: Join = (one, other) =>
  typeof one === "number" && typeof other === "number" ? Math.max(one, other) : undefined;

const atMost: Join = (one, other) =>
  typeof one === "number" && typeof other === "number" ? Math.min(one, other) : undefined;

const union: Join = (one, other) =>
  Array.isArray(one) && Array.isArray(other) ? [...new Set([...one, ...other])] : undefined;

const common: Join = (one, other) => {
  if (!Array.isArray(one) || !Array.isArray(other)) return undefined;
  const both = one.filter((value) => other.some((also) => isSame(value, also)));
  return both.length > 0 ? both : undefined;
};

const commonType: Join = (one, other) => {
  const types = [one].flat();
  const others = [other].flat();
  const has = (list: readonly Json[], type: Json) =>
    list.includes(type) || (type === "integer" && list.includes("number"));
  const both = new Set([
    ...types.filter((type) => has(others, type)),
    ...others.filter((type) => has(types, type)),
  ]);
  return both.size > 1 ? [...both] : [...both][0];
};

const sentences: Join = (one, other) => `${one} ${other}`;

/** A title is a name, and what two schemas make has neither's. */
const last: Join = (_, other) => other;

const JOINS: Readonly<Record<string, Join>> = {
  required: union,
  propertyOrdering: union,
  minimum: atLeast,
  exclusiveMinimum: atLeast,
  minLength: atLeast,
  minItems: atLeast,
  minProperties: atLeast,
  maximum: atMost,
  exclusiveMaximum: atMost,
  maxLength: atMost,
  maxItems: atMost,
  maxProperties: atMost,
  enum: common,
  type: commonType,
  description: sentences,
  title: last,
};

function merged(key: string, values: readonly Value[], at: string, list: NoticeList): Value {
  const join = SILENT.has(key) ? last : Object.hasOwn(JOINS, key) ? JOINS[key] : undefined;
  return values.reduce((one, other) => {
    if (isSame(one.json, other.json)) return other;
    const json = join?.(one.json, other.json);
    if (json !== undefined) return { json, refs: other.refs };
    list.approximated(at, "Gemini has no allOf, and its branches differ here: the last is kept.");
    return other;
  });
}

function isSame(one: Json, other: Json): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
