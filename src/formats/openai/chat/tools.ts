import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ToolCallPart } from "../../../chat/message.ts";
import type { ChatRequest, FunctionTool, Notice, Tool, ToolChoice } from "../../../chat/request.ts";
import {
  invalidField,
  objectsOf,
  optionalArray,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredArray,
  requiredObject,
  requiredString,
} from "../../fields.ts";
import { cachePoint, encodeCache } from "./content.ts";
import { extraContent, signatureOf } from "./reasoning.ts";
import { FORMAT_NAME, type WireToolCall } from "./wire.ts";

export function decodeTool(wire: JsonObject, at: string): Tool {
  if (isNamedByMember(wire)) return { type: "vendor", format: FORMAT_NAME, wire };
  const type = requiredString(wire, "type", at);
  if (type !== "function") return { type: "vendor", format: FORMAT_NAME, wire };
  const cache = cachePoint(wire);
  const tool = decodeFunction(requiredObject(wire, "function", at), `${at}.function`);
  return cache ? { ...tool, cache } : tool;
}

export function decodeFunction(definition: JsonObject, at: string): FunctionTool {
  const description = optionalString(definition, "description", at);
  const parameters = optionalObject(definition, "parameters", at);
  const strict = optionalBoolean(definition, "strict", at);
  return {
    type: "function",
    name: requiredString(definition, "name", at),
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters }),
    ...(strict !== undefined && { strict }),
  };
}

/** A tool such as Google's `{"googleSearch": {}}`, which says by a member what it is. */
function isNamedByMember({ type, function: definition, ...members }: JsonObject): boolean {
  if (type !== undefined || definition !== undefined) return false;
  const settings = Object.values(members).filter((value) => value !== null);
  return settings.length > 0 && settings.every(isJsonObject);
}

export function encodeTools(tools: readonly Tool[], notices: Notice[]): JsonObject[] {
  return tools.flatMap((tool, i) => {
    if (tool.type === "function") return [encodeFunctionTool(tool)];
    if (tool.format === FORMAT_NAME) return [tool.wire];
    const reason = `A tool that ${tool.format} runs itself has no form in OpenAI Chat.`;
    notices.push({ kind: "dropped", field: `tools[${i}]`, reason });
    return [];
  });
}

function encodeFunctionTool(tool: Extract<Tool, { type: "function" }>): JsonObject {
  return {
    type: "function",
    function: {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      ...(tool.parameters !== undefined && { parameters: tool.parameters }),
      ...(tool.strict !== undefined && { strict: tool.strict }),
    },
    ...encodeCache(tool.cache),
  };
}

export function decodeToolChoice(value: Json): ToolChoice {
  if (value === "auto" || value === "none" || value === "required") return { type: value };
  // Mistral's word for `required`.
  if (value === "any") return { type: "required" };
  if (!isJsonObject(value)) {
    throw invalidField("tool_choice", "must be auto, none, required or an object");
  }
  if (value.type === "allowed_tools") return decodeAllowedTools(value);
  return { type: "tool", name: toolName(value, "tool_choice") };
}

function decodeAllowedTools(wire: JsonObject): ToolChoice {
  const at = "tool_choice.allowed_tools";
  const allowed = requiredObject(wire, "allowed_tools", "tool_choice");
  const mode = requiredString(allowed, "mode", at);
  if (mode !== "auto" && mode !== "required") {
    throw invalidField(`${at}.mode`, "must be auto or required");
  }
  const names = objectsOf(requiredArray(allowed, "tools", at), `${at}.tools`, toolName);
  return { type: "allowed", names, required: mode === "required" };
}

function toolName(wire: JsonObject, at: string): string {
  if (wire.type !== "function" && wire.type !== "custom") {
    throw invalidField(`${at}.type`, "must be function or custom");
  }
  return requiredString(requiredObject(wire, wire.type, at), "name", `${at}.${wire.type}`);
}

export function encodeToolChoice(choice: ToolChoice, tools: readonly Tool[]): Json {
  switch (choice.type) {
    case "auto":
    case "none":
    case "required":
      return choice.type;
    case "tool":
      return namedTool(choice.name, tools);
    case "allowed":
      return {
        type: "allowed_tools",
        allowed_tools: {
          mode: choice.required ? "required" : "auto",
          tools: choice.names.map((name) => namedTool(name, tools)),
        },
      };
  }
}

function namedTool(name: string, tools: readonly Tool[]): JsonObject {
  const isCustom = tools.some(
    (tool) =>
      tool.type === "vendor" && isJsonObject(tool.wire.custom) && tool.wire.custom.name === name,
  );
  return isCustom ? { type: "custom", custom: { name } } : { type: "function", function: { name } };
}

/** A tool call that the client sends back. */
export function decodeToolCall(wire: JsonObject, at: string): ToolCallPart {
  const id = requiredString(wire, "id", at);
  const signature = signatureOf(wire);
  const cache = cachePoint(wire);
  const rest = { ...(signature !== undefined && { signature }), ...(cache && { cache }) };
  if (wire.type === "custom") {
    const custom = requiredObject(wire, "custom", at);
    const name = requiredString(custom, "name", `${at}.custom`);
    const input = requiredString(custom, "input", `${at}.custom`);
    return { type: "tool-call", id, name, arguments: input, custom: true, ...rest };
  }
  const called = requiredObject(wire, "function", at);
  const name = requiredString(called, "name", `${at}.function`);
  const text = requiredString(called, "arguments", `${at}.function`);
  return { type: "tool-call", id, name, arguments: text, ...rest };
}

/** Arguments are JSON text, so a call without any has the empty object. */
export function encodeToolCall(part: ToolCallPart): WireToolCall & JsonObject {
  const { id, name } = part;
  const tail = {
    ...(part.signature !== undefined && { extra_content: extraContent(part.signature) }),
    ...encodeCache(part.cache),
  };
  if (part.custom) return { id, type: "custom", custom: { name, input: part.arguments }, ...tail };
  const called = { name, arguments: part.arguments === "" ? "{}" : part.arguments };
  return { id, type: "function", function: called, ...tail };
}

/**
 * The members that `tools` and `tool_choice` took the place of, which old clients still write
 * (https://platform.openai.com/docs/api-reference/chat/create, deprecated). They are answered with
 * `function_call`, and one call at a time.
 */
export const FUNCTION_MEMBERS = ["functions", "function_call"] as const;

/** Whether a request asks for calls of functions in the old form, and not for tools as well. */
export function asksForFunctions({ functions, tools }: JsonObject): boolean {
  if (!Array.isArray(functions) || functions.length === 0) return false;
  return !Array.isArray(tools) || tools.length === 0;
}

/** Whether the history holds such calls, or their results. */
export function callsFunctions({ messages }: JsonObject): boolean {
  return Array.isArray(messages) && messages.some(isOldCall);
}

function isOldCall(message: Json): boolean {
  if (!isJsonObject(message)) return false;
  return message.role === "function" || isJsonObject(message.function_call);
}

/** Throws `invalid_request` naming the member. */
export function decodeFunctions(
  wire: JsonObject,
): Pick<ChatRequest, "tools" | "toolChoice" | "parallelToolCalls"> {
  const functions = optionalArray(wire, "functions", "") ?? [];
  const toolChoice = decodeChoice(wire);
  return {
    tools: objectsOf(functions, "functions", (one, at): Tool => decodeFunction(one, at)),
    ...(toolChoice && { toolChoice }),
    parallelToolCalls: false,
  };
}

function decodeChoice({ function_call: choice }: JsonObject): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined;
  if (choice === "auto" || choice === "none") return { type: choice };
  if (typeof choice !== "object" || Array.isArray(choice)) {
    throw invalidField("function_call", "must be auto, none or an object");
  }
  return { type: "tool", name: requiredString(choice as JsonObject, "name", "function_call") };
}
