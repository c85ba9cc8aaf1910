import type { JsonObject } from "../../chat/json.ts";
import type { FunctionTool, Tool, ToolChoice } from "../../chat/request.ts";
import {
  invalidField,
  objectsOf,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredArray,
  requiredObject,
  requiredString,
} from "../fields.ts";
import { decodeCachePoint } from "./decode-content.ts";
import { FORMAT_NAME } from "./wire.ts";

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolConfiguration.html */
export function decodeToolConfig(wire: JsonObject): {
  readonly tools: readonly Tool[];
  readonly toolChoice?: ToolChoice;
} {
  const at = "toolConfig";
  const tools: Tool[] = [];
  const entries = objectsOf(requiredArray(wire, "tools", at), `${at}.tools`, (tool) => tool);
  for (const [i, entry] of entries.entries()) decodeTool(entry, `${at}.tools[${i}]`, tools);
  const choice = optionalObject(wire, "toolChoice", at);
  return { tools, ...(choice && { toolChoice: decodeToolChoice(choice, `${at}.toolChoice`) }) };
}

function decodeTool(wire: JsonObject, at: string, tools: Tool[]): void {
  const point = optionalObject(wire, "cachePoint", at);
  if (point) {
    const last = tools.pop();
    if (last?.type !== "function") throw invalidField(at, "must follow a toolSpec");
    tools.push({ ...last, cache: decodeCachePoint(point, `${at}.cachePoint`) });
    return;
  }
  if (wire.systemTool !== undefined) {
    tools.push({ type: "vendor", format: FORMAT_NAME, wire });
    return;
  }
  tools.push(decodeToolSpec(requiredObject(wire, "toolSpec", at), `${at}.toolSpec`));
}

function decodeToolSpec(spec: JsonObject, at: string): FunctionTool {
  const description = optionalString(spec, "description", at);
  const strict = optionalBoolean(spec, "strict", at);
  const schema = requiredObject(spec, "inputSchema", at);
  const parameters = optionalObject(schema, "json", `${at}.inputSchema`);
  return {
    type: "function",
    name: requiredString(spec, "name", at),
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
    ...(strict !== undefined && { strict }),
  };
}

function decodeToolChoice(wire: JsonObject, at: string): ToolChoice {
  if (wire.auto) return { type: "auto" };
  if (wire.any) return { type: "required" };
  const tool = optionalObject(wire, "tool", at);
  if (tool) return { type: "tool", name: requiredString(tool, "name", `${at}.tool`) };
  throw invalidField(at, "must be auto, any or tool");
}

/**
 * The tool that stands in for structured output where a model has none. A client's own tool of
 * that name, or of that name with underscores after it, goes under one underscore more, so that an
 * answer alone tells which of the two was called.
 */
export const JSON_OUTPUT = "json_output";

const RESERVED = /^json_output_*$/;

export function toWireName(name: string): string {
  return RESERVED.test(name) ? `${name}_` : name;
}

export function fromWireName(name: string): string {
  return name !== JSON_OUTPUT && RESERVED.test(name) ? name.slice(0, -1) : name;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ToolUseBlock.html */
const ID = /^[a-zA-Z0-9_.:-]{1,64}$/;

/**
 * Converse takes ids of 64 letters, digits, `_`, `.`, `:` and `-`; another vendor's may be otherwise. The same
 * id gives the same id in every turn.
 */
export function toWireId(id: string): string {
  return ID.test(id) ? id : `call_${hash(id, 0x811c9dc5)}${hash(id, 0x01000193)}`;
}

/** http://www.isthe.com/chongo/tech/comp/fnv/ (32 bits, over UTF-16 code units). */
function hash(text: string, basis: number): string {
  let value = basis;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, "0");
}
