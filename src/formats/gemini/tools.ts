import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { FilePart, TextPart, ToolMessage } from "../../chat/message.ts";
import type { FunctionTool, Tool, ToolChoice } from "../../chat/request.ts";
import {
  invalidField,
  isJsonArray,
  objectsOf,
  optionalArray,
  optionalObject,
  optionalString,
  requiredString,
} from "../fields.ts";
import type { NoticeList } from "../notice-list.ts";
import { decodeFileData, decodeInlineData, encodeFile, parsed } from "./encode-parts.ts";
import { decodeSchema, encodeSchema } from "./schema.ts";
import { camelKeys, FORMAT_NAME, listed, present } from "./wire.ts";

/** A tool object holds functions, tools that Google runs, or both. */
export function decodeTools(value: Json): Tool[] {
  const tools = listed(value);
  if (!isJsonArray(tools)) throw invalidField("tools", "must be an array");
  return objectsOf(tools, "tools", (written, at) => {
    const { functionDeclarations, ...others } = camelKeys(written);
    const functions = listed(functionDeclarations) ?? [];
    if (!isJsonArray(functions))
      throw invalidField(`${at}.functionDeclarations`, "must be an array");
    return [
      ...objectsOf(functions, `${at}.functionDeclarations`, decodeFunction),
      ...Object.entries(others).map(
        ([name, wire]): Tool => ({ type: "vendor", format: FORMAT_NAME, wire: { [name]: wire } }),
      ),
    ];
  }).flat();
}

function decodeFunction(written: JsonObject, at: string): Tool {
  const wire = camelKeys(written);
  const schema = optionalObject(wire, "parameters", at);
  const parameters =
    optionalObject(wire, "parametersJsonSchema", at) ?? (schema && decodeSchema(schema));
  return {
    type: "function",
    name: requiredString(wire, "name", at),
    ...present("description", optionalString(wire, "description", at)),
    ...present("parameters", parameters),
  };
}

/** The functions share one tool object; each tool that Google runs has its own. */
export function encodeTools(tools: readonly Tool[], list: NoticeList): JsonObject[] {
  const functions: JsonObject[] = [];
  const others: JsonObject[] = [];
  for (const [i, tool] of tools.entries()) {
    if (tool.type === "function")
      functions.push(encodeFunction(tool, `tools[${i}].function`, list));
    else others.push(...vendorTool(tool.wire, tool.format, `tools[${i}]`, list));
  }
  return functions.length > 0 ? [{ functionDeclarations: functions }, ...others] : others;
}

function encodeFunction(tool: FunctionTool, at: string, list: NoticeList): JsonObject {
  if (tool.strict) {
    list.approximated(`${at}.strict`, "Gemini follows a function's schema without a guarantee.");
  }
  const { name, description, parameters } = tool;
  const seat = parameters && encodeSchema(parameters, `${at}.parameters`, list);
  return {
    name,
    ...present("description", description),
    ...(seat &&
      ("openApi" in seat ? { parameters: seat.openApi } : { parametersJsonSchema: seat.json })),
  };
}

/** https://ai.google.dev/api/caching#Tool; also found in a client's list of OpenAI tools. */
const GOOGLE_TOOLS = new Set([
  "googleSearch",
  "googleSearchRetrieval",
  "googleMaps",
  "codeExecution",
  "urlContext",
  "computerUse",
  "fileSearch",
  "retrieval",
  "enterpriseWebSearch",
  "mcpServers",
]);

function vendorTool(wire: JsonObject, format: string, at: string, list: NoticeList): JsonObject[] {
  if (format === FORMAT_NAME) return [wire];
  const own = Object.entries(camelKeys(wire)).filter(([name]) => GOOGLE_TOOLS.has(name));
  if (own.length > 0) return [Object.fromEntries(own)];
  list.dropped(at, `A tool that ${format} runs itself has no form in Gemini's API.`);
  return [];
}

/** https://ai.google.dev/api/caching#FunctionCallingConfig */
export function decodeToolChoice(toolConfig: JsonObject): ToolChoice | undefined {
  const written = optionalObject(toolConfig, "functionCallingConfig", "toolConfig");
  if (!written) return undefined;
  const at = "toolConfig.functionCallingConfig";
  const config = camelKeys(written);
  const mode = optionalString(config, "mode", at)?.toUpperCase() ?? "AUTO";
  const names = (optionalArray(config, "allowedFunctionNames", at) ?? []).map((name, i) => {
    if (typeof name === "string") return name;
    throw invalidField(`${at}.allowedFunctionNames[${i}]`, "must be a string");
  });
  switch (mode) {
    case "AUTO":
    case "MODE_UNSPECIFIED":
      return { type: "auto" };
    case "NONE":
      return { type: "none" };
    case "VALIDATED":
      return names.length > 0 ? { type: "allowed", names, required: false } : { type: "auto" };
    case "ANY": {
      const [name] = names;
      if (name === undefined) return { type: "required" };
      return names.length === 1
        ? { type: "tool", name }
        : { type: "allowed", names, required: true };
    }
  }
  throw invalidField(`${at}.mode`, "must be AUTO, ANY, NONE or VALIDATED");
}

/**
 * A choice stands only beside functions: without any Google answers "Function calling config is set
 * without function_declarations." `given` is the client's own `toolConfig`.
 */
export function encodeToolConfig(
  choice: ToolChoice | undefined,
  given: JsonObject,
  tools: readonly JsonObject[],
  list: NoticeList,
): JsonObject {
  if (tools.some((tool) => tool.functionDeclarations !== undefined)) {
    return { ...given, ...present("functionCallingConfig", choice && encodeToolChoice(choice)) };
  }
  const { functionCallingConfig: own, ...rest } = given;
  const reason = "Gemini takes it only beside functions, and there is none.";
  if (own !== undefined) list.dropped("toolConfig.functionCallingConfig", reason);
  if (choice && asksWithoutFunctions(choice, tools)) list.dropped("tool_choice", reason);
  return rest;
}

/** To call nothing is what happens anyway, unless Google's own tools are there. */
function asksWithoutFunctions(choice: ToolChoice, tools: readonly JsonObject[]): boolean {
  switch (choice.type) {
    case "auto":
      return false;
    case "none":
      return tools.length > 0;
    case "required":
    case "tool":
    case "allowed":
      return true;
  }
}

function encodeToolChoice(choice: ToolChoice): JsonObject {
  switch (choice.type) {
    case "auto":
      return { mode: "AUTO" };
    case "none":
      return { mode: "NONE" };
    case "required":
      return { mode: "ANY" };
    case "tool":
      return { mode: "ANY", allowedFunctionNames: [choice.name] };
    case "allowed": {
      const mode = choice.required ? "ANY" : "VALIDATED";
      return { mode, allowedFunctionNames: choice.names };
    }
  }
}

export function hasOwnMembers(value: Json | undefined): value is JsonObject {
  return isJsonObject(value) && Object.keys(value).length > 0;
}

type Content = readonly (TextPart | FilePart)[];

/**
 * A result is an object here. One with the only member `result` or `error` is what we make of a
 * plain text; any other is told as JSON. `wire` has its camelCase names.
 */
export function decodeResult(
  wire: JsonObject,
  at: string,
): Pick<ToolMessage, "content" | "failed"> {
  const response = optionalObject(wire, "response", at) ?? {};
  const parts = listed(wire.parts);
  const files = Array.isArray(parts) ? objectsOf(parts, `${at}.parts`, decodeResultFile) : [];
  const failed = onlyMember(response) === "error";
  const content: Content = [{ type: "text", text: resultText(response) }, ...files];
  return failed ? { content, failed: true } : { content };
}

function decodeResultFile(written: JsonObject, at: string): FilePart {
  const part = camelKeys(written);
  return isJsonObject(part.inlineData)
    ? decodeInlineData(part.inlineData, `${at}.inlineData`)
    : decodeFileData(optionalObject(part, "fileData", at) ?? {}, `${at}.fileData`);
}

export function resultText(response: JsonObject): string {
  const member = onlyMember(response);
  const value = member === "result" || member === "error" ? response[member] : undefined;
  if (typeof value === "string" && structured(value) === undefined) return value;
  return JSON.stringify(member === "error" && typeof value === "object" ? value : response);
}

function onlyMember(response: JsonObject): string | undefined {
  const keys = Object.keys(response);
  return keys.length === 1 ? keys[0] : undefined;
}

/** The words of a tool as an object: JSON as it stands, anything else under `result` or `error`. */
export function encodeResult(message: ToolMessage): JsonObject {
  const texts = message.content.filter((part) => part.type === "text");
  const text = texts.map((part) => part.text).join("\n");
  const value = structured(text);
  if (message.failed) return { error: value ?? text };
  return isJsonObject(value) ? value : { result: value ?? text };
}

/** An object or an array; a lone number or word stays the text it was. */
function structured(text: string): Json | undefined {
  const value = /^\s*[[{]/.test(text) ? parsed(text) : undefined;
  return typeof value === "object" && value !== null ? value : undefined;
}

/** The files among a tool's results, with where they stand in the client's request. */
export function resultFiles(message: ToolMessage, at: string, list: NoticeList): JsonObject[] {
  return message.content.flatMap((part, k) =>
    part.type === "file" ? [encodeFile(part, `${at}.content[${k}]`, list)] : [],
  );
}
