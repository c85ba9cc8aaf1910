import type { Json, JsonObject } from "../../../chat/json.ts";
import type { ToolCallPart } from "../../../chat/message.ts";
import type { ChatRequest, FunctionTool, Tool, ToolChoice } from "../../../chat/request.ts";
import { invalidField, optionalString, requiredObject, requiredString } from "../../fields.ts";
import type { NoticeList } from "../../notice-list.ts";
import { decodeFunctionTool, encodeFunctionTool } from "../../tools.ts";

/** `strict` is Cohere's `strict_tools`, one switch for all. */
export function decodeTool(wire: JsonObject, at: string, strict: boolean | undefined): Tool {
  const tool = decodeFunctionTool(wire, at);
  return strict === undefined ? tool : { ...tool, strict };
}

export function decodeToolChoice(value: Json | undefined): ToolChoice | undefined {
  if (value === undefined || value === null) return undefined;
  if (value === "REQUIRED") return { type: "required" };
  if (value === "NONE") return { type: "none" };
  throw invalidField("tool_choice", "must be REQUIRED or NONE");
}

/** A tool call that the client sends back. */
export function decodeToolCall(wire: JsonObject, at: string): ToolCallPart {
  const called = requiredObject(wire, "function", at);
  return {
    type: "tool-call",
    id: requiredString(wire, "id", at),
    name: requiredString(called, "name", `${at}.function`),
    arguments: optionalString(called, "arguments", `${at}.function`) ?? "",
  };
}

/** `tools`, `strict_tools` and `tool_choice`, which depend on one another. */
export function encodeToolUse(chat: ChatRequest, list: NoticeList): JsonObject {
  if (chat.parallelToolCalls === false) {
    list.dropped("parallel_tool_calls", "Cohere cannot be kept from calling several tools.");
  }
  const tools = offeredTools(chat, list);
  if (tools.length === 0) return {};
  return {
    tools: tools.map(encodeFunctionTool),
    strict_tools: encodeStrict(tools, list),
    tool_choice: chat.toolChoice && TOOL_CHOICES[choiceType(chat.toolChoice)],
  };
}

const TOOL_CHOICES = {
  auto: undefined,
  none: "NONE",
  required: "REQUIRED",
} as const satisfies Record<string, string | undefined>;

function choiceType(choice: ToolChoice): keyof typeof TOOL_CHOICES {
  switch (choice.type) {
    case "auto":
    case "none":
    case "required":
      return choice.type;
    case "tool":
      return "required";
    case "allowed":
      return choice.required ? "required" : "auto";
  }
}

/** Cohere cannot be told which tool to call, so it is shown only those that may be. */
function offeredTools(chat: ChatRequest, list: NoticeList): FunctionTool[] {
  const tools = (chat.tools ?? []).flatMap((tool, i) => {
    if (tool.type === "function") return [tool];
    list.dropped(`tools[${i}]`, `A tool that ${tool.format} runs itself has no form at Cohere.`);
    return [];
  });
  const names = allowedNames(chat.toolChoice);
  if (!names) return tools;
  list.approximated("tool_choice", "Cohere cannot choose among tools; it is shown only these.");
  return tools.filter((tool) => names.includes(tool.name));
}

function allowedNames(choice: ToolChoice | undefined): readonly string[] | undefined {
  if (choice?.type === "tool") return [choice.name];
  return choice?.type === "allowed" ? choice.names : undefined;
}

function encodeStrict(tools: readonly FunctionTool[], list: NoticeList): boolean | undefined {
  const strict = tools[0]?.strict;
  if (tools.every((tool) => tool.strict === strict)) return strict;
  const any = tools.some((tool) => tool.strict);
  list.approximated("tools", `Cohere's strictness holds for all tools: ${any} is sent.`);
  return any;
}

/** Arguments are JSON text, so a call without any has the empty object. */
export function encodeToolCall(part: ToolCallPart, at: string, list: NoticeList): JsonObject {
  if (part.signature !== undefined) {
    list.dropped(`${at}.signature`, "Cohere has no seat for another vendor's signature.");
  }
  return {
    id: part.id,
    type: "function",
    function: { name: part.name, arguments: argumentsOf(part, at, list) },
  };
}

/** A model that calls a tool without parameters may write nothing, or `null`. */
function isNothing(text: string): boolean {
  return text.trim() === "" || text.trim() === "null";
}

function argumentsOf(part: ToolCallPart, at: string, list: NoticeList): string {
  if (!part.custom) return isNothing(part.arguments) ? "{}" : part.arguments;
  list.approximated(at, "Cohere's tools take JSON; the free text stands in its member `input`.");
  return JSON.stringify({ input: part.arguments });
}
