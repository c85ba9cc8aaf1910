import { isObject, type JsonObject } from "../json-schema.ts";
import type { FileSeen, Output, Question, Tool, Turn } from "../question.ts";
import { badMember } from "./gemini-http.ts";
import { checkGeminiRules, objects } from "./gemini-rules.ts";

/** A request Google would take, in the lab's terms. */
export interface GeminiRequest {
  readonly question: Question;
  readonly choices: number;
  readonly includeThoughts: boolean;
  /** Alternatives per token, when log probabilities were asked for. */
  readonly topLogprobs: number | undefined;
}

export function readGeminiRequest(
  body: JsonObject,
  definition: Message,
  model: string,
  lenient: boolean,
): GeminiRequest {
  const wire = readMessage(body, definition, { path: "", lenient });
  checkGeminiRules(wire, model);
  const config = objectIn(wire, "generation_config");
  const calling = objectIn(objectIn(wire, "tool_config"), "function_calling_config");
  const maxTokens = config["max_output_tokens"];
  const stop = config["stop_sequences"];
  return {
    question: {
      turns: [
        ...turnsOf(objectIn(wire, "system_instruction"), "system"),
        ...objects(wire["contents"]).flatMap((content) =>
          turnsOf(content, content["role"] === "model" ? "assistant" : "user"),
        ),
      ],
      tools: toolsOf(wire, calling),
      toolChoice: toolChoiceOf(calling),
      parallelTools: true,
      output: outputOf(config),
      stop: Array.isArray(stop) ? stop.map(String) : [],
      ...(typeof maxTokens === "number" ? { maxTokens } : {}),
    },
    choices: typeof config["candidate_count"] === "number" ? config["candidate_count"] : 1,
    includeThoughts: objectIn(config, "thinking_config")["include_thoughts"] === true,
    topLogprobs: config["response_logprobs"] === true ? Number(config["logprobs"] ?? 0) : undefined,
  };
}

function objectIn(wire: JsonObject, name: string): JsonObject {
  const value = wire[name];
  return isObject(value) ? value : {};
}

/** Results are turns of their own; what else stands in the content is another. */
function turnsOf(content: JsonObject, role: Turn["role"]): readonly Turn[] {
  const parts = objects(content["parts"]);
  const results = parts.map((part) => part["function_response"]).filter(isObject);
  const others = parts.filter((part) => part["function_response"] === undefined);
  const tools = results.map(
    (result): Turn => ({ role: "tool", text: resultText(result), files: [] }),
  );
  if (others.length === 0) return tools;
  const texts = others.filter((part) => part["thought"] !== true).map((part) => part["text"]);
  const turn: Turn = {
    role,
    text: texts.filter((text) => typeof text === "string").join("\n"),
    files: others.map(fileOf).filter((file) => file !== undefined),
  };
  return [...tools, turn];
}

function resultText(result: JsonObject): string {
  const response = objectIn(result, "response");
  const words = response["result"] ?? response["output"] ?? response["error"];
  return typeof words === "string" ? words : JSON.stringify(response);
}

function fileOf(part: JsonObject): FileSeen | undefined {
  const inline = part["inline_data"];
  const stored = part["file_data"];
  if (isObject(inline)) {
    const mediaType = String(inline["mime_type"]);
    const bytes = Buffer.byteLength(String(inline["data"]), "base64");
    return { kind: kindOf(mediaType), mediaType, bytes };
  }
  if (!isObject(stored)) return undefined;
  return { kind: kindOf(String(stored["mime_type"])), url: String(stored["file_uri"]) };
}

function kindOf(mediaType: string): FileSeen["kind"] {
  if (mediaType.startsWith("image/")) return "image";
  return mediaType.startsWith("audio/") ? "audio" : "file";
}

function toolsOf(wire: JsonObject, calling: JsonObject): readonly Tool[] {
  const names = calling["allowed_function_names"];
  return objects(wire["tools"])
    .flatMap((tool) => objects(tool["function_declarations"]))
    .map(
      (declared): Tool => ({
        name: String(declared["name"]),
        schema: declared["parameters_json_schema"] ?? plainSchema(declared["parameters"]),
      }),
    )
    .filter(({ name }) => !Array.isArray(names) || names.length === 0 || names.includes(name));
}

function toolChoiceOf(calling: JsonObject): Question["toolChoice"] {
  switch (calling["mode"]) {
    case "NONE":
      return "none";
    case "ANY":
      return "required";
    default:
      return "auto";
  }
}

function outputOf(config: JsonObject): Output {
  if (config["response_mime_type"] !== "application/json") return { type: "text" };
  const schema = config["response_json_schema"] ?? plainSchema(config["response_schema"]);
  return isObject(schema) && Object.keys(schema).length > 0
    ? { type: "json-schema", schema }
    : { type: "json" };
}

const JSON_SCHEMA_NAMES: Readonly<Record<string, string>> = {
  any_of: "anyOf",
  min_items: "minItems",
  max_items: "maxItems",
  min_length: "minLength",
  max_length: "maxLength",
};

/** Google's schema in the words of JSON Schema; an absent one is an object without members. */
function plainSchema(schema: unknown): unknown {
  if (!isObject(schema)) return schema ?? {};
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => {
      if (name === "type") return [name, String(value).toLowerCase()];
      if (name === "properties" && isObject(value)) {
        const entries = Object.entries(value).map(([key, inner]) => [key, plainSchema(inner)]);
        return [name, Object.fromEntries(entries)];
      }
      if (name === "items") return [name, plainSchema(value)];
      if (name === "any_of" && Array.isArray(value)) return ["anyOf", value.map(plainSchema)];
      return [JSON_SCHEMA_NAMES[name] ?? name, value];
    }),
  );
}

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
