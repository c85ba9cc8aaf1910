import type { JsonObject } from "../../../chat/json.ts";
import type { ChatRequest, Tool, ToolChoice } from "../../../chat/request.ts";
import type { ClaudeTraits } from "../../claude/models.ts";
import {
  invalidField,
  optionalBoolean,
  optionalObject,
  optionalString,
  requiredString,
} from "../../fields.ts";
import type { Leftovers } from "../../leftovers.ts";
import type { NoticeList } from "../../notice-list.ts";
import { CLAUDE_PARAMETER_NAMES, type ToolSchemaRule, toolSchema } from "../../tools.ts";
import { cached } from "./content.ts";
import { cacheControl } from "./encode-content.ts";
import { nativeSchema } from "./native-schema.ts";
import { FORMAT_NAME, JSON_TOOL } from "./wire.ts";

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

/** The tools that the choice allows; each is refused or told of where it cannot be carried. */
export function encodeTools(
  chat: ChatRequest,
  traits: ClaudeTraits,
  list: NoticeList,
): JsonObject[] {
  const { tools = [], toolChoice } = chat;
  const allowed = toolChoice?.type === "allowed" ? new Set(toolChoice.names) : undefined;
  return tools.flatMap((tool, i) => {
    const at = `tools[${i}]`;
    if (allowed && tool.type === "function" && !allowed.has(tool.name)) return [];
    return encodeTool(tool, at, traits, list);
  });
}

function encodeTool(tool: Tool, at: string, traits: ClaudeTraits, list: NoticeList): JsonObject[] {
  if (tool.type === "vendor") {
    if (tool.format === FORMAT_NAME) return [tool.wire];
    list.dropped(at, `A tool that ${tool.format} runs itself has no form in Anthropic's API.`);
    return [];
  }
  if (tool.name === JSON_TOOL) {
    throw invalidField(
      `${at}.function.name`,
      `must not be ${JSON_TOOL}: it stands for JSON answers`,
    );
  }
  const schema = inputSchema(tool.parameters, `${at}.function.parameters`, list);
  return [
    {
      name: tool.name,
      ...(tool.description !== undefined && { description: tool.description }),
      input_schema: schema,
      ...(isStrict(tool.strict, schema, at, traits, list) && { strict: true }),
      ...cacheControl(tool.cache, at, list),
    },
  ];
}

const SCHEMA_RULE: ToolSchemaRule = { vendor: "Anthropic", names: CLAUDE_PARAMETER_NAMES };

/** "input_schema does not support oneOf, allOf, or anyOf at the top level" */
export function inputSchema(
  parameters: JsonObject | undefined,
  at: string,
  list: NoticeList,
): JsonObject {
  return toolSchema(parameters, at, SCHEMA_RULE, list);
}

function isStrict(
  strict: boolean | undefined,
  schema: JsonObject,
  at: string,
  traits: ClaudeTraits,
  list: NoticeList,
): boolean {
  if (!strict) return false;
  if (!traits.structuredOutput) {
    list.dropped(`${at}.function.strict`, "This model does not hold tool calls to their schema.");
    return false;
  }
  if (nativeSchema(schema) === schema) return true;
  const reason = "Anthropic's strict tools take no such schema; the tool is offered without.";
  list.dropped(`${at}.function.strict`, reason);
  return false;
}

/** `hasTools`: the API takes a choice only beside tools. */
export function encodeToolChoice(
  chat: ChatRequest,
  hasTools: boolean,
  traits: ClaudeTraits,
  list: NoticeList,
): JsonObject | undefined {
  const { toolChoice, parallelToolCalls } = chat;
  const oneAtOnce = parallelToolCalls === false;
  if (!hasTools && (!toolChoice || toolChoice.type === "auto" || toolChoice.type === "none")) {
    return undefined;
  }
  if (!toolChoice && !oneAtOnce) return undefined;
  if (toolChoice?.type === "allowed") {
    list.approximated(
      "tool_choice",
      "Only the allowed tools are offered: there is no narrower choice.",
    );
  }
  const wire = encodeChoice(toolChoice ?? { type: "auto" });
  const possible = traits.forcedTools || wire.type === "auto" || wire.type === "none";
  if (!possible) {
    list.approximated(
      "tool_choice",
      "This model cannot be made to call a tool; it decides itself.",
    );
  }
  const chosen = possible ? wire : { type: "auto" };
  const mayDisable = oneAtOnce && chosen.type !== "none";
  return mayDisable ? { ...chosen, disable_parallel_tool_use: true } : chosen;
}

function encodeChoice(choice: ToolChoice): JsonObject {
  switch (choice.type) {
    case "auto":
    case "none":
      return { type: choice.type };
    case "required":
      return { type: "any" };
    case "tool":
      return { type: "tool", name: choice.name };
    case "allowed":
      return { type: choice.required ? "any" : "auto" };
  }
}
