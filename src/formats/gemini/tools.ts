import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
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
