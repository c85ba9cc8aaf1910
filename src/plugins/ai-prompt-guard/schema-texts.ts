import { isJsonObject } from "../../chat/json.ts";

/** Members whose values are data of the client's own: names in them are no words of the protocol. */
export const VALUES: ReadonlySet<string> = new Set([
  "default",
  "const",
  "enum",
  "example",
  "examples",
  "input_examples",
  "dependentRequired",
  "documents",
]);

/** Keywords whose members are named by the client. */
const MAPS: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "dependentSchemas",
  "$defs",
  "definitions",
]);

/** The keyword `type` has these, in capitals too. */
const TYPES = /^(?:string|number|integer|boolean|array|object|null)$/i;

/** A keyword of JSON Schema is letters; what is not is a name of the client's own, such as `x-hint`. */
const KEYWORD = /^\$?[A-Za-z]+$/;

/** Every text in a JSON Schema, in its order. */
export function collectSchema(schema: unknown, found: string[], key = ""): void {
  if (typeof schema === "string") {
    if (key !== "type" || !TYPES.test(schema)) found.push(schema);
  } else if (Array.isArray(schema)) {
    for (const item of schema) collectSchema(item, found, key);
  } else if (isJsonObject(schema)) {
    const isMap = MAPS.has(key);
    for (const [name, member] of Object.entries(schema)) {
      if (isMap || !KEYWORD.test(name)) found.push(name);
      if (VALUES.has(name) && !isMap) collectAll(member, found);
      // A property may be called like a keyword.
      else collectSchema(member, found, isMap ? "" : name);
    }
  }
}

/** Every text in a value, and every name. */
export function collectAll(value: unknown, found: string[]): void {
  if (typeof value === "string") found.push(value);
  else if (Array.isArray(value)) for (const item of value) collectAll(item, found);
  else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      found.push(name);
      collectAll(member, found);
    }
  }
}
