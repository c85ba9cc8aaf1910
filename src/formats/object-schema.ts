import { isJsonObject, type Json, type JsonObject } from "../chat/json.ts";
import { isJsonArray } from "./fields.ts";

export interface ObjectSchema {
  /** `type: object` at the top, and there no `anyOf`, `oneOf`, `allOf` or `$ref`. */
  readonly schema: JsonObject;
  /** It allows more than what was written: the forms stand in its description. */
  readonly loosened: boolean;
}

/** How many schemas are looked into: references may name one another without end. */
const MAX_SCHEMAS = 1000;

interface Setting {
  readonly root: JsonObject;
  left: number;
  loosened: boolean;
}

/**
 * A tool's parameters for vendors that want one object at the top. What the branches say stands
 * together: a property of several is any of theirs, and required is what all of them require.
 */
export function objectSchema(written: JsonObject | undefined): ObjectSchema {
  if (!written || Object.keys(written).length === 0) return { schema: NOTHING, loosened: false };
  if (isPlain(written)) return { schema: written, loosened: false };
  const setting: Setting = { root: written, left: MAX_SCHEMAS, loosened: false };
  const schema = flat(written, setting);
  return schema
    ? { schema, loosened: setting.loosened }
    : { schema: { type: "object" }, loosened: true };
}

const NOTHING: JsonObject = { type: "object", properties: {} };
const TOP_WORDS = ["anyOf", "oneOf", "allOf", "$ref"] as const;

function isPlain(schema: JsonObject): boolean {
  return schema.type === "object" && TOP_WORDS.every((word) => schema[word] === undefined);
}

/** Undefined for what is no schema of an object. */
function flat(written: JsonObject, setting: Setting): JsonObject | undefined {
  setting.left--;
  const { type = "object", anyOf, oneOf, allOf, $ref, ...own } = written;
  if (setting.left < 0 || ![type].flat().includes("object")) {
    setting.loosened = true;
    return undefined;
  }
  const target = typeof $ref === "string" ? resolveRef(setting.root, $ref) : undefined;
  const parts = [
    target && flat(target, setting),
    ...branchesOf(allOf).map((branch) => flat(branch, setting)),
    ...[anyOf, oneOf].map((forms) => either(branchesOf(forms), setting)),
  ];
  const present = parts.filter((part) => part !== undefined);
  return present.reduce(both, { type: "object", ...own });
}

function branchesOf(value: Json | undefined): readonly JsonObject[] {
  return isJsonArray(value) ? value.filter(isJsonObject) : [];
}

/** Both hold. What the first says in words stands over the second's. */
function both(one: JsonObject, other: JsonObject): JsonObject {
  const isClosed = one.additionalProperties === false || other.additionalProperties === false;
  const description = [one.description, other.description].filter((words) => words !== undefined);
  const required = [...new Set([...namesIn(one.required), ...namesIn(other.required)])];
  return {
    ...other,
    ...one,
    ...(description.length > 0 && { description: description.join("\n\n") }),
    ...joined("properties", [one, other], "allOf"),
    ...joined("$defs", [one, other], "allOf"),
    ...joined("definitions", [one, other], "allOf"),
    ...(required.length > 0 && { required }),
    ...(isClosed && { additionalProperties: false }),
  };
}

/** One of the forms holds: said in words, where the schema alone no longer says it. */
function either(forms: readonly JsonObject[], setting: Setting): JsonObject | undefined {
  const schemas = forms.map((form) => flat(form, setting)).filter((one) => one !== undefined);
  const [first] = schemas;
  if (schemas.length < 2 || !first) return first;
  setting.loosened = true;
  const required = namesIn(first.required).filter((name) =>
    schemas.every((one) => namesIn(one.required).includes(name)),
  );
  const told = schemas.map((one) => JSON.stringify(formOf(one))).join(" or ");
  return {
    type: "object",
    description: `One of these forms: ${told}`,
    ...joined("properties", schemas, "anyOf"),
    ...joined("$defs", schemas, "anyOf"),
    ...(required.length > 0 && { required }),
    ...(schemas.every((one) => one.additionalProperties === false) && {
      additionalProperties: false,
    }),
  };
}

function formOf({ title, description, properties, required }: JsonObject): JsonObject {
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(isJsonObject(properties) && { properties: Object.keys(properties) }),
    ...(required !== undefined && { required }),
  };
}

function namesIn(value: Json | undefined): readonly string[] {
  return isJsonArray(value) ? value.filter((name) => typeof name === "string") : [];
}

/** The schemas of each name, one beside the other under `word` where they differ. */
function joined(member: string, schemas: readonly JsonObject[], word: string): JsonObject {
  const named = new Map<string, Json[]>();
  for (const schema of schemas) {
    const map = schema[member];
    for (const [name, one] of Object.entries(isJsonObject(map) ? map : {})) {
      const before = named.get(name) ?? [];
      const isKnown = before.some((other) => JSON.stringify(other) === JSON.stringify(one));
      if (one !== undefined && !isKnown) named.set(name, [...before, one]);
    }
  }
  if (named.size === 0) return {};
  const entries = Array.from(named, ([name, [first = {}, ...rest]]): [string, Json] => [
    name,
    rest.length === 0 ? first : { [word]: [first, ...rest] },
  ]);
  return { [member]: Object.fromEntries(entries) };
}

/** The schema that a reference within this document names. */
export function resolveRef(root: JsonObject, ref: string): JsonObject | undefined {
  if (ref === "#") return root;
  if (!ref.startsWith("#/")) return undefined;
  let found: Json | undefined = root;
  for (const step of ref.slice(2).split("/")) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (!isJsonObject(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return isJsonObject(found) ? found : undefined;
}
