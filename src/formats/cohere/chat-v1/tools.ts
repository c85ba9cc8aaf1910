import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ToolCallPart } from "../../../chat/message.ts";
import type { ChatRequest, FunctionTool, Tool } from "../../../chat/request.ts";
import { optionalBoolean, optionalObject, optionalString, requiredString } from "../../fields.ts";
import type { NoticeList } from "../../notice-list.ts";
import { toolInput } from "../../tools.ts";

/** Python's words for JSON Schema's types, as this API takes them, and back. */
const TYPES: Readonly<Record<string, string>> = {
  string: "str",
  integer: "int",
  number: "float",
  boolean: "bool",
  array: "list",
  object: "dict",
};
const SCHEMA_TYPES = Object.fromEntries(Object.entries(TYPES).map(([a, b]) => [b, a]));

export function decodeTool(wire: JsonObject, at: string): Tool {
  const definitions = optionalObject(wire, "parameter_definitions", at);
  const description = optionalString(wire, "description", at);
  return {
    type: "function",
    name: requiredString(wire, "name", at),
    ...(description !== undefined && { description }),
    ...(definitions && { parameters: schemaOf(definitions, `${at}.parameter_definitions`) }),
  };
}

function schemaOf(definitions: JsonObject, at: string): JsonObject {
  const properties: Record<string, Json> = {};
  const required: string[] = [];
  for (const name of Object.keys(definitions)) {
    const definition = optionalObject(definitions, name, at) ?? {};
    const type = requiredString(definition, "type", `${at}.${name}`);
    const description = optionalString(definition, "description", `${at}.${name}`);
    properties[name] = {
      type: SCHEMA_TYPES[type] ?? type,
      ...(description !== undefined && { description }),
    };
    if (optionalBoolean(definition, "required", `${at}.${name}`)) required.push(name);
  }
  return { type: "object", properties, ...(required.length > 0 && { required }) };
}

/** The tools that may be called: this API has no choice among them, and no way to demand one. */
export function encodeTools(chat: ChatRequest, list: NoticeList): JsonObject[] | undefined {
  const { toolChoice } = chat;
  if (chat.parallelToolCalls === false) {
    list.dropped("parallel_tool_calls", "Cohere cannot be kept from calling several tools.");
  }
  const tools = (chat.tools ?? []).flatMap((tool, i) => {
    if (tool.type === "function") return [tool];
    list.dropped(`tools[${i}]`, `A tool that ${tool.format} runs itself has no form at Cohere.`);
    return [];
  });
  if (tools.length === 0 || toolChoice?.type === "none") return undefined;
  const shown = shownTools(tools, chat, list);
  return shown.map((tool) => encodeTool(tool, `tools[${tools.indexOf(tool)}]`, list));
}

function shownTools(
  tools: readonly FunctionTool[],
  { toolChoice }: ChatRequest,
  list: NoticeList,
): readonly FunctionTool[] {
  if (!toolChoice || toolChoice.type === "auto" || toolChoice.type === "none") return tools;
  const reason = "Cohere's first API cannot demand a tool; it is shown only those it may call.";
  list.approximated("tool_choice", reason);
  if (toolChoice.type === "required") return tools;
  const names = toolChoice.type === "tool" ? [toolChoice.name] : toolChoice.names;
  return tools.filter((tool) => names.includes(tool.name));
}

function encodeTool(tool: FunctionTool, at: string, list: NoticeList): JsonObject {
  if (tool.strict !== undefined) {
    list.dropped(`${at}.function.strict`, "Cohere's first API has no strict tools.");
  }
  const definitions = tool.parameters && definitionsOf(tool.parameters, at, list);
  return {
    name: tool.name,
    description: tool.description ?? "",
    ...(definitions && { parameter_definitions: definitions }),
  };
}

const SAYABLE = new Set(["type", "description"]);
const SAYABLE_SCHEMA = new Set([
  "type",
  "properties",
  "required",
  "additionalProperties",
  "$schema",
]);

function definitionsOf(schema: JsonObject, at: string, list: NoticeList): JsonObject {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  let lost = Object.keys(schema).some((key) => !SAYABLE_SCHEMA.has(key));
  const definitions: Record<string, Json> = {};
  for (const [name, property] of Object.entries(properties)) {
    const { type, description } = isJsonObject(property) ? property : {};
    lost ||=
      typeof type !== "string" || Object.keys(property ?? {}).some((key) => !SAYABLE.has(key));
    definitions[name] = {
      type: typeof type === "string" ? (TYPES[type] ?? type) : "str",
      ...(typeof description === "string" && { description }),
      ...(required.includes(name) && { required: true }),
    };
  }
  if (lost) {
    const reason = "Cohere's first API knows a parameter's type, description and necessity only.";
    list.approximated(`${at}.function.parameters`, reason);
  }
  return definitions;
}

/** Calls have no ids on this wire: one is made of the answer's and the call's number. */
export function decodeCall(wire: JsonObject, id: string): ToolCallPart {
  const parameters = isJsonObject(wire.parameters) ? wire.parameters : {};
  const name = typeof wire.name === "string" ? wire.name : "";
  return { type: "tool-call", id, name, arguments: JSON.stringify(parameters) };
}

/** What is no JSON object stands in the member `input`. */
export function encodeCall(part: Omit<ToolCallPart, "type">): JsonObject {
  const input = part.custom ? undefined : toolInput(part.arguments);
  return { name: part.name, parameters: input ?? { input: part.arguments } };
}
