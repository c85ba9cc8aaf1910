import { isObject, type JsonObject } from "../json.ts";
import type { FileSeen, Output, Question, Tool, Turn } from "../question.ts";
import { invalid } from "./cohere-check.ts";
import { limitsOf, listOf } from "./cohere-http.ts";

/** What a shape cannot say: members that need or exclude each other. */
export function checkChatRules(wire: JsonObject): void {
  const tools = listOf(wire["tools"]);
  if (wire["tool_choice"] && tools.length === 0) {
    throw invalid("tool_choice can only be specified when tools are.");
  }
  const format = wire["response_format"];
  const wantsJson = isObject(format) && format["type"] === "json_object";
  if (wantsJson && (tools.length > 0 || wire["documents"] !== undefined)) {
    throw invalid("response_format is not supported with tools or documents.");
  }
  checkTurns(listOf(wire["messages"]));
}

function checkTurns(messages: readonly JsonObject[]): void {
  const open = new Set<unknown>();
  for (const [at, message] of messages.entries()) {
    if (message["role"] === "tool") {
      if (!open.delete(message["tool_call_id"])) {
        throw invalid(`tool_call_id at messages[${at}] does not match any tool call before it.`);
      }
      continue;
    }
    if (open.size > 0) throw invalid(`messages[${at}]: all tool calls must have results first.`);
    const calls = listOf(message["tool_calls"]);
    for (const call of calls) open.add(call["id"]);
    const content = message["content"];
    const empty = content === undefined || content === "" || isEmpty(content);
    if (empty && calls.length === 0) {
      throw invalid(`messages[${at}] must have content or tool calls.`);
    }
  }
  if (open.size > 0) throw invalid("the last message cannot have tool calls.");
  const last = messages.at(-1)?.["role"];
  if (last === "system" && messages.length === 1) {
    throw invalid("at least one message that is not a system message is required.");
  }
}

function isEmpty(content: unknown): boolean {
  return Array.isArray(content) && content.length === 0;
}

export function chatQuestion(wire: JsonObject): Question {
  const choice = wire["tool_choice"];
  return {
    turns: listOf(wire["messages"]).map(turnOf),
    tools: listOf(wire["tools"]).map(toolOf),
    toolChoice: choice === "REQUIRED" ? "required" : choice === "NONE" ? "none" : "auto",
    parallelTools: true,
    output: outputOf(wire["response_format"]),
    ...limitsOf(wire),
  };
}

function turnOf(message: JsonObject): Turn {
  const content = message["content"];
  const parts = listOf(content);
  const role = message["role"] as Turn["role"];
  if (typeof content === "string") return { role, text: content, files: [] };
  const texts = parts.flatMap((part) => {
    if (typeof part["text"] === "string") return [part["text"]];
    return isObject(part["document"]) ? [JSON.stringify(part["document"]["data"])] : [];
  });
  return { role, text: texts.join("\n"), files: parts.flatMap(imageOf) };
}

function imageOf(part: JsonObject): FileSeen[] {
  const image = part["image_url"];
  if (!isObject(image)) return [];
  const url = String(image["url"]);
  const match = /^data:([^;,]+);base64,/.exec(url);
  if (!match) return [{ kind: "image", url }];
  const bytes = Buffer.from(url.slice(match[0].length), "base64").length;
  return [{ kind: "image", mediaType: match[1] ?? "", bytes }];
}

function toolOf(tool: JsonObject): Tool {
  const called = isObject(tool["function"]) ? tool["function"] : {};
  return { name: String(called["name"]), schema: called["parameters"] };
}

function outputOf(format: unknown): Output {
  if (!isObject(format) || format["type"] !== "json_object") return { type: "text" };
  const schema = format["json_schema"] ?? format["schema"];
  return schema === undefined ? { type: "json" } : { type: "json-schema", schema };
}
