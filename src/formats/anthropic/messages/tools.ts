import type { JsonObject } from "../../../chat/json.ts";
import type { Tool, ToolChoice } from "../../../chat/request.ts";
import {
  invalidField,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredString,
} from "../../fields.ts";
import type { Leftovers } from "../../leftovers.ts";
import { cached } from "./content.ts";
import { FORMAT_NAME } from "./wire.ts";

const TOOL = new Set(["type", "name", "description", "input_schema", "strict", "cache_control"]);

/** https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use */
export function decodeTool(wire: JsonObject, at: string, rest: Leftovers): Tool {
  const type = optionalString(wire, "type", at) ?? "custom";
  if (type !== "custom") return { type: "vendor", format: FORMAT_NAME, wire };
  rest.beside(wire, TOOL, at);
  const description = optionalString(wire, "description", at);
  const parameters = optionalObject(wire, "input_schema", at);
  const strict = optionalBoolean(wire, "strict", at);
  return {
    type: "function",
    name: requiredString(wire, "name", at),
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
    ...(strict !== undefined && { strict }),
    ...cached(wire),
  };
}

export interface DecodedToolChoice {
  readonly toolChoice: ToolChoice;
  readonly parallelToolCalls?: boolean;
}

export function decodeToolChoice(wire: JsonObject): DecodedToolChoice {
  const disabled = optionalBoolean(wire, "disable_parallel_tool_use", "tool_choice");
  const parallel = disabled === undefined ? {} : { parallelToolCalls: !disabled };
  return { toolChoice: choiceOf(wire), ...parallel };
}

function choiceOf(wire: JsonObject): ToolChoice {
  switch (requiredString(wire, "type", "tool_choice")) {
    case "auto":
      return { type: "auto" };
    case "none":
      return { type: "none" };
    case "any":
      return { type: "required" };
    case "tool":
      return { type: "tool", name: requiredString(wire, "name", "tool_choice") };
  }
  throw invalidField("tool_choice.type", "must be auto, any, tool or none");
}
