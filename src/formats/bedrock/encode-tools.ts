import { isJsonObject, type Json, type JsonObject } from "../../chat/json.ts";
import type { CachePoint, Message } from "../../chat/message.ts";
import type { ChatRequest, FunctionTool, Tool, ToolChoice } from "../../chat/request.ts";
import { claudeCacheLifetime } from "../claude/cache-limits.ts";
import type { NoticeList } from "../notice-list.ts";
import { toolSchema } from "../tools.ts";
import type { Family } from "./families.ts";
import { isEnforceable, schemaRule } from "./structured-output.ts";
import { JSON_OUTPUT, toWireName } from "./tools.ts";
import { FORMAT_NAME } from "./wire.ts";

export interface ToolSetting {
  readonly family: Family;
  /** The tool that stands for structured output. */
  readonly outputTool: JsonObject | undefined;
}

/** Undefined where the model may call nothing. */
export function encodeToolConfig(
  chat: ChatRequest,
  setting: ToolSetting,
  notices: NoticeList,
): JsonObject | undefined {
  const { family, outputTool } = setting;
  const past = calledTools(chat.messages);
  const choice = chat.toolChoice;
  if (!family.tools) {
    if (chat.tools?.length) notices.dropped("tools", "The model calls no tools.");
    return undefined;
  }
  const forbids = choice?.type === "none";
  const own = forbids && past.length === 0 ? [] : offered(chat, notices);
  const listed = own.flatMap(({ tool, at }) => encodeTool(tool, at, family, notices));
  if (listed.length === 0 && past.length > 0) {
    if (!forbids) notices.approximated("tools", REMEMBERED);
    listed.push(...past.map((name) => toolSpec(name, { type: "object", properties: {} })));
  }
  if (forbids && listed.length > 0 && !outputTool) {
    const reason =
      "Converse wants the tools of calls in the conversation declared; the model may call them.";
    notices.approximated("tool_choice", reason);
  }
  const tools = outputTool ? [...listed, outputTool] : listed;
  if (tools.length === 0) return undefined;
  const toolChoice = encodeChoice(chat, { ...setting, alone: listed.length === 0 }, notices);
  return { tools, ...(toolChoice && { toolChoice }) };
}

const REMEMBERED =
  "Converse wants the tools of calls in the conversation declared; their schemas are not known.";

/** Names of tools that the conversation has called. */
function calledTools(messages: readonly Message[]): readonly string[] {
  const names = new Set<string>();
  for (const message of messages) {
    if (message.role !== "assistant") continue;
    for (const part of message.content) if (part.type === "tool-call") names.add(part.name);
  }
  return [...names];
}

interface Offered {
  readonly tool: Tool;
  readonly at: string;
}

/** Converse knows no list of allowed tools: the others are left out. */
function offered(chat: ChatRequest, notices: NoticeList): readonly Offered[] {
  const choice = chat.toolChoice;
  const all = (chat.tools ?? []).map((tool, i) => ({ tool, at: `tools[${i}]` }));
  if (choice?.type !== "allowed") return all;
  notices.approximated("tool_choice", "Only the allowed tools are shown to the model.");
  return all.filter(({ tool }) => tool.type !== "function" || choice.names.includes(tool.name));
}

function encodeTool(tool: Tool, at: string, family: Family, notices: NoticeList): JsonObject[] {
  if (tool.type === "function") return encodeFunctionTool(tool, at, family, notices);
  if (tool.format === FORMAT_NAME) return [tool.wire];
  notices.dropped(at, `A tool that ${tool.format} runs itself has no form in Converse.`);
  return [];
}

function encodeFunctionTool(
  tool: FunctionTool,
  at: string,
  family: Family,
  notices: NoticeList,
): JsonObject[] {
  const { name, description, parameters, strict, cache } = tool;
  const isEnforced = isEnforceable(parameters ?? {}, family);
  if (strict && !isEnforced) {
    notices.dropped(`${at}.function.strict`, "The model cannot be held to this schema.");
  }
  const rule = schemaRule(family);
  const schema = toolSchema(parameters, `${at}.function.parameters`, rule, notices);
  const spec = toolSpec(name, schema, {
    ...(description?.trim() && { description }),
    ...(strict !== undefined && isEnforced && { strict }),
  });
  return cache ? [spec, ...encodeCachePoint(cache, at, family, notices)] : [spec];
}

function toolSpec(name: string, schema: JsonObject, more: JsonObject = {}): JsonObject {
  return { toolSpec: { name: toWireName(name), ...more, inputSchema: { json: schema } } };
}

/** One block, or none and a notice where the model has no cache. */
export function encodeCachePoint(
  cache: CachePoint,
  at: string,
  family: Family,
  notices: NoticeList,
): JsonObject[] {
  if (!family.cachePoints) {
    notices.dropped(`${at}.cache_control`, "The model has no prompt cache.");
    return [];
  }
  return [{ cachePoint: { type: "default", ...claudeCacheLifetime(cache, at, notices) } }];
}

/** `alone`: the tool for structured output is the only one. */
function encodeChoice(
  chat: ChatRequest,
  setting: ToolSetting & { readonly alone: boolean },
  notices: NoticeList,
): JsonObject | undefined {
  const { outputTool, alone, family } = setting;
  const choice = outputTool
    ? outputChoice(chat.toolChoice, alone)
    : chat.toolChoice && choiceWords(chat.toolChoice);
  if (!choice || "auto" in choice || family.forcedTools) return choice;
  notices.approximated(
    outputTool ? "response_format" : "tool_choice",
    "The model cannot be made to call a tool.",
  );
  return undefined;
}

/** The model answers by its last call: one of the client's tools, or the answer's own. */
function outputChoice(choice: ToolChoice | undefined, alone: boolean): JsonObject | undefined {
  if (choice?.type === "tool") return choiceWords(choice);
  if (alone || choice?.type === "none") return { tool: { name: JSON_OUTPUT } };
  return { any: {} };
}

function choiceWords(choice: ToolChoice): JsonObject | undefined {
  switch (choice.type) {
    case "auto":
      return { auto: {} };
    case "required":
      return { any: {} };
    case "none":
      return undefined;
    case "tool":
      return { tool: { name: toWireName(choice.name) } };
    case "allowed":
      return choice.required ? { any: {} } : { auto: {} };
  }
}

/** Claude's switch for one call at a time, for `additionalModelRequestFields`. */
export function encodeSerialTools(
  chat: ChatRequest,
  toolConfig: JsonObject | undefined,
  family: Family,
  notices: NoticeList,
): JsonObject {
  if (chat.parallelToolCalls !== false) return {};
  if (!family.claude?.structuredOutput) {
    const reason = "The model has no switch for one tool call at a time.";
    notices.dropped("parallel_tool_calls", reason);
    return {};
  }
  if (!toolConfig) return {};
  return {
    tool_choice: { ...claudeChoice(toolConfig.toolChoice), disable_parallel_tool_use: true },
  };
}

function claudeChoice(choice: Json | undefined): JsonObject {
  if (!isJsonObject(choice)) return { type: "auto" };
  if (choice.any) return { type: "any" };
  return isJsonObject(choice.tool) ? { type: "tool", ...choice.tool } : { type: "auto" };
}

/** The client, or the form of the answer, makes the model call a tool. */
export function forcesTool(chat: ChatRequest, outputTool: JsonObject | undefined): boolean {
  const choice = chat.toolChoice;
  if (outputTool || choice?.type === "required" || choice?.type === "tool") return true;
  return choice?.type === "allowed" && choice.required;
}
