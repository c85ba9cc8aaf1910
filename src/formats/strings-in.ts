import { isJsonObject, type JsonObject, parseJson } from "../chat/json.ts";
import { fileAt, isDataUrl } from "./inline-files.ts";

/** Words of the protocol, ids and opaque proofs: a model is not told them. */
const PROTOCOL: ReadonlySet<string> = new Set([
  "type",
  "role",
  "id",
  "call_id",
  "tool_call_id",
  "tool_use_id",
  "toolUseId",
  "file_id",
  "model",
  "format",
  "detail",
  "ttl",
  "signature",
  "thought_signature",
  "thoughtSignature",
  "redactedContent",
  "encrypted_content",
  "media_type",
  "mime_type",
  "mimeType",
  "responseMimeType",
  "service_tier",
  "reasoning_effort",
  "encoding_format",
  "prompt_cache_key",
  "tool_choice",
  "function_call",
  "modalities",
  "verbosity",
  "effort",
  "truncate",
  "input_type",
  "safety_identifier",
]);

/** Where a file is, or what is in it; text only where it is a text's data URI or its bytes. */
const ADDRESSES: ReadonlySet<string> = new Set(["url", "image_url", "video_url", "uri"]);
const BYTES: ReadonlySet<string> = new Set(["data", "file_data", "bytes"]);

/** JSON Schemas: a model is shown all of one. */
const SCHEMAS: ReadonlySet<string> = new Set([
  "parameters",
  "parametersJsonSchema",
  "input_schema",
  "inputSchema",
  "schema",
  "response_schema",
  "responseSchema",
  "responseJsonSchema",
]);

/** An object whose members are named by the client. */
const MAP = "metadata";

/** Every text in a member of a request, in its order; `key` is the name that it stands under. */
export function stringsIn(value: unknown, key = ""): string[] {
  const found: string[] = [];
  collect(value, key, found);
  return found;
}

/** Every text in the other members of an object. */
export function stringsBeside(value: JsonObject, read: readonly string[]): string[] {
  const found: string[] = [];
  for (const name in value) if (!read.includes(name)) collect(value[name], name, found);
  return found;
}

function collect(value: unknown, key: string, found: string[]): void {
  if (VALUES.has(key)) collectAll(value, found);
  else if (typeof value === "string") collectString(value, key, found);
  else if (Array.isArray(value)) for (const item of value) collect(item, key, found);
  else if (isJsonObject(value) && SCHEMAS.has(key)) collectSchema(value, found);
  else if (isJsonObject(value)) {
    const isMap = key === MAP;
    for (const name in value) {
      if (isMap) found.push(name);
      // A property may be called like a word of the protocol.
      collect(value[name], isMap ? "" : name, found);
    }
  }
}

function collectString(text: string, key: string, found: string[]): void {
  if (text === "" || PROTOCOL.has(key)) return;
  const uri = isDataUrl(text) ? textOfDataUri(text) : undefined;
  if (uri) found.push(...uri);
  if (ADDRESSES.has(key) && (uri || IS_ADDRESS.test(text))) return;
  if (BYTES.has(key)) {
    if (uri) return;
    found.push(...textOfBytes(text));
    if (text.length >= LONG && IS_BASE64.test(text)) return;
  }
  found.push(text);
  if (key === "arguments") collectArguments(text, found);
}

const IS_ADDRESS = /^\s*[a-z][a-z0-9+.-]*:\S*$/i;

/** Base64 that is shorter may as well be a word. */
const LONG = 64;
const IS_BASE64 = /^[\w+/=\r\n-]*$/;

/** JSON text spells the same word in many ways; the model reads what it means. */
function collectArguments(text: string, found: string[]): void {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    // What is no JSON has been looked at as it stands.
    return;
  }
  if (typeof value !== "string") collectAll(value, found);
}

/** Pictures, sounds and films hold no text, but for the one kind of picture that is written. */
export const WORDLESS = /^(?:image\/(?!svg)|audio\/|video\/)/i;

/** What is read of it is what a translation reads of it. */
function textOfDataUri(uri: string): readonly string[] {
  const { mediaType, source } = fileAt(uri, "text/plain");
  if (source.kind !== "base64") return [uri];
  return WORDLESS.test(mediaType) ? [] : textOfBytes(source.data, mediaType);
}

/**
 * Base64 of UTF-8, or of UTF-16 (whose ASCII is UTF-8 with zeros between). Nothing for other bytes, unless
 * they are said to be text: then what of them is ASCII, whatever their encoding.
 */
export function textOfBytes(base64: string, mediaType = ""): readonly string[] {
  const fatal = !mediaType.startsWith("text/");
  try {
    const text = new TextDecoder("utf-8", { fatal }).decode(bytesOf(base64));
    return [text.replaceAll("\0", "")];
  } catch {
    return [];
  }
}

const FOREIGN = /[^A-Za-z0-9+/]/;

/** Whatever is read of base64 by those who overlook what does not belong there. */
function bytesOf(base64: string): Uint8Array {
  if (!FOREIGN.test(base64)) return decoded(base64);
  const [letters = ""] = base64.replaceAll("-", "+").replaceAll("_", "/").split("=", 1);
  return decoded(letters.replace(/[^A-Za-z0-9+/]/g, ""));
}

/** A letter that is left over says no byte. */
function decoded(letters: string): Uint8Array {
  return Uint8Array.fromBase64(letters.length % 4 === 1 ? letters.slice(0, -1) : letters);
}

/** Members whose values are data of the client's own: names in them are no words of the protocol. */
const VALUES: ReadonlySet<string> = new Set([
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
function collectSchema(schema: unknown, found: string[], key = ""): void {
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
function collectAll(value: unknown, found: string[]): void {
  if (typeof value === "string") found.push(value);
  else if (Array.isArray(value)) for (const item of value) collectAll(item, found);
  else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      found.push(name);
      collectAll(member, found);
    }
  }
}
