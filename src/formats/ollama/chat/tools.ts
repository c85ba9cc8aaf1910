import { isJsonObject, type Json, type JsonObject } from "../../../chat/json.ts";
import type { ToolCallPart } from "../../../chat/message.ts";
import type { ChatRequest, FunctionTool } from "../../../chat/request.ts";
import type { NoticeList } from "../../notice-list.ts";
import { encodeFunctionTool, toolInput } from "../../tools.ts";

/** Ollama has no choice of tools: what may not be called is not shown. */
export function encodeTools(chat: ChatRequest, list: NoticeList): JsonObject[] | undefined {
  if (chat.parallelToolCalls === false) {
    list.dropped("parallel_tool_calls", "Ollama cannot be kept from calling several tools.");
  }
  const tools = (chat.tools ?? []).flatMap((tool, i) => {
    if (tool.type === "function") return [tool];
    list.dropped(`tools[${i}]`, `A tool that ${tool.format} runs itself has no form at Ollama.`);
    return [];
  });
  const shown = shownTools(tools, chat, list);
  for (const [i, tool] of shown.entries()) {
    if (tool.strict) list.dropped(`tools[${i}].function.strict`, "Ollama has no strict tools.");
  }
  return shown.length > 0 ? shown.map(encodeFunctionTool) : undefined;
}

function shownTools(
  tools: readonly FunctionTool[],
  { toolChoice }: ChatRequest,
  list: NoticeList,
): readonly FunctionTool[] {
  switch (toolChoice?.type) {
    case undefined:
    case "auto":
      return tools;
    case "none":
      return [];
    case "required":
      list.dropped("tool_choice", "Ollama cannot demand that a tool is called.");
      return tools;
    case "tool": {
      const { name } = toolChoice;
      list.approximated("tool_choice", "Ollama cannot demand a tool; it is shown only this one.");
      return tools.filter((tool) => tool.name === name);
    }
    case "allowed": {
      const { names } = toolChoice;
      list.approximated("tool_choice", "Ollama is shown only the tools that are allowed.");
      return tools.filter((tool) => names.includes(tool.name));
    }
  }
}

/** Older servers give a call no id: `madeId` is used there. Arguments are an object on this wire. */
export function decodeCall(wire: JsonObject, madeId: string): ToolCallPart {
  const called = isJsonObject(wire.function) ? wire.function : {};
  return {
    type: "tool-call",
    id: typeof wire.id === "string" && wire.id !== "" ? wire.id : madeId,
    name: typeof called.name === "string" ? called.name : "",
    arguments: argumentsText(called.arguments),
  };
}

function argumentsText(value: Json | undefined): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "{}" : JSON.stringify(value);
}

export function encodeCall(part: Omit<ToolCallPart, "type">, index: number): JsonObject {
  const called = { index, name: part.name, arguments: argumentsOf(part.arguments) };
  return { id: part.id, function: called };
}

/** What is no JSON object stands in the member `input` of one. */
function argumentsOf(text: string): JsonObject {
  return toolInput(text) ?? { input: text };
}
