import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest, Tool, ToolChoice } from "../../../chat/request.ts";
import { invalidField, objectsOf, optionalArray, requiredString } from "../../fields.ts";
import { decodeFunction } from "./tools.ts";

/**
 * The members that `tools` and `tool_choice` took the place of, which old clients still write
 * (https://platform.openai.com/docs/api-reference/chat/create, deprecated). They are answered with
 * `function_call`, and one call at a time.
 */
export const FUNCTION_MEMBERS = ["functions", "function_call"] as const;

/** Whether a request asks for calls of functions in the old form, and not for tools as well. */
export function asksForFunctions({ functions, tools }: JsonObject): boolean {
  const hasTools = Array.isArray(tools) && tools.length > 0;
  return !hasTools && Array.isArray(functions) && functions.length > 0;
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
