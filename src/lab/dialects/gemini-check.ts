import { isObject, type JsonObject } from "../json-schema.ts";
import { badMember } from "./gemini-http.ts";

/** What a member of a message may be; a mismatch is refused in the words of Google's JSON reader. */
export type Shape =
  | { readonly is: "string" | "float" | "int32" | "bool" | "bytes" | "any" | "struct" }
  | { readonly is: "enum"; readonly name: string; readonly words: readonly string[] }
  | { readonly is: "list" | "map"; readonly of: Shape }
  | Message;

export interface Message {
  readonly is: "message";
  /** By their names in the definition, which is snake_case. */
  readonly fields: () => Readonly<Record<string, Shape>>;
}

/** Where the reader is, and whether members that the API does not have are passed over. */
export interface Place {
  readonly path: string;
  readonly lenient: boolean;
}

/** Members are taken by their name or its camelCase form, and kept under the name. */
export function readMessage(value: unknown, message: Message, place: Place): JsonObject {
  const { path, lenient } = place;
  if (!isObject(value)) throw invalid(value, "TYPE_MESSAGE", path);
  const fields = message.fields();
  const read: Record<string, unknown> = {};
  for (const [written, member] of Object.entries(value)) {
    const name = nameOf(written, fields);
    if (name === undefined && lenient) continue;
    if (name === undefined) throw unknown(written, path);
    if (member === null) continue;
    const shape = fields[name];
    const inner = path === "" ? name : `${path}.${name}`;
    if (shape) read[name] = readValue(member, shape, { path: inner, lenient });
  }
  return read;
}

function nameOf(written: string, fields: Readonly<Record<string, Shape>>): string | undefined {
  if (Object.hasOwn(fields, written)) return written;
  const snake = written.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return !written.includes("_") && Object.hasOwn(fields, snake) ? snake : undefined;
}

function unknown(name: string, path: string) {
  const place = path === "" ? "" : ` at '${path}'`;
  return badMember(
    path,
    `Invalid JSON payload received. Unknown name "${name}"${place}: Cannot find field.`,
  );
}

function invalid(value: unknown, type: string, path: string) {
  return badMember(path, `Invalid value at '${path}' (${type}), ${JSON.stringify(value)}`);
}

function readValue(value: unknown, shape: Shape, place: Place): unknown {
  const { path } = place;
  switch (shape.is) {
    case "any":
      return value;
    case "message":
      return readMessage(value, shape, place);
    case "struct":
      if (!isObject(value))
        throw invalid(value, "type.googleapis.com/google.protobuf.Struct", path);
      return value;
    case "list": {
      const items = Array.isArray(value) ? value : [value];
      return items.map((item, i) => readValue(item, shape.of, { ...place, path: `${path}[${i}]` }));
    }
    case "map":
      if (!isObject(value)) throw invalid(value, "TYPE_MESSAGE", path);
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          readValue(item, shape.of, { ...place, path: `${path}[${JSON.stringify(key)}].value` }),
        ]),
      );
    case "enum": {
      const word = typeof value === "string" ? value.toUpperCase() : "";
      if (!shape.words.includes(word))
        throw invalid(value, `type.googleapis.com/${shape.name}`, path);
      return word;
    }
    case "bytes":
      return readBytes(value, path);
    case "string":
      if (typeof value !== "string") throw invalid(value, "TYPE_STRING", path);
      return value;
    case "bool":
      if (typeof value !== "boolean") throw invalid(value, "TYPE_BOOL", path);
      return value;
    case "float":
    case "int32":
      return readNumber(value, shape.is, path);
  }
}

function readBytes(value: unknown, path: string): string {
  if (typeof value !== "string") throw invalid(value, "TYPE_BYTES", path);
  if (/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) return value;
  const shown = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  throw badMember(
    path,
    `Invalid value at '${path}' (TYPE_BYTES), Base64 decoding failed for "${shown}"`,
  );
}

/** Numbers may be written as text (https://protobuf.dev/programming-guides/json/). */
function readNumber(value: unknown, type: "float" | "int32", path: string): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  const name = type === "float" ? "TYPE_FLOAT" : "TYPE_INT32";
  if (typeof number !== "number" || Number.isNaN(number)) throw invalid(value, name, path);
  if (type === "int32" && number !== (number | 0)) throw invalid(value, name, path);
  return number;
}
