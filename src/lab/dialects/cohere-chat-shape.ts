import { isObject, type JsonObject } from "../json-schema.ts";
import type { FileSeen, Output, Question, Tool, Turn } from "../question.ts";
import { invalid } from "./cohere-check.ts";
import { limitsOf, listOf, SAMPLING } from "./cohere-http.ts";
import type { ObjectShape, Shape } from "./openai-check.ts";

// https://docs.cohere.com/reference/chat

const string: Shape = { is: "string" };
const openObject: ObjectShape = { is: "object", members: {}, open: true };

function object(
  members: Readonly<Record<string, Shape>>,
  required?: readonly string[],
): ObjectShape {
  return { is: "object", members, required: required ?? Object.keys(members) };
}

const text = object({ type: string, text: string });
const document = object({ data: openObject, id: string }, ["data"]);

function parts(variants: Readonly<Record<string, ObjectShape>>): Shape {
  const list: Shape = { is: "array", of: { is: "tagged", tag: "type", variants } };
  return { is: "either", options: [string, list] };
}

const image = object({
  type: string,
  image_url: object({ url: string, detail: { is: "string", oneOf: ["auto", "low", "high"] } }, [
    "url",
  ]),
});

const call = object({
  id: string,
  type: { is: "string", oneOf: ["function"] },
  function: object({ name: string, arguments: string }),
});

const message: Shape = {
  is: "tagged",
  tag: "role",
  variants: {
    system: object({ role: string, content: parts({ text }) }),
    user: object({ role: string, content: parts({ text, image_url: image }) }),
    assistant: object(
      {
        role: string,
        content: parts({ text, thinking: object({ type: string, thinking: string }) }),
        tool_calls: { is: "array", of: call, min: 1 },
        tool_plan: string,
        citations: { is: "array", of: openObject },
      },
      [],
    ),
    tool: object({
      role: string,
      tool_call_id: string,
      content: parts({ text, document: object({ type: string, document }) }),
    }),
  },
};

const tool = object({
  type: { is: "string", oneOf: ["function"] },
  function: object({ name: string, description: string, parameters: openObject }, [
    "name",
    "parameters",
  ]),
});

export const CHAT: ObjectShape = object(
  {
    ...SAMPLING,
    messages: { is: "array", of: message, min: 1 },
    tools: { is: "array", of: tool },
    strict_tools: { is: "boolean", nullable: true },
    tool_choice: { is: "string", oneOf: ["REQUIRED", "NONE"], nullable: true },
    documents: { is: "array", of: { is: "either", options: [string, document] } },
    citation_options: openObject,
    response_format: object(
      {
        type: { is: "string", oneOf: ["text", "json_object"] },
        json_schema: openObject,
        schema: openObject,
      },
      ["type"],
    ),
    safety_mode: { is: "string", oneOf: ["CONTEXTUAL", "STRICT", "OFF"], nullable: true },
    logprobs: { is: "boolean", nullable: true },
    thinking: object(
      {
        type: { is: "string", oneOf: ["enabled", "disabled"] },
        token_budget: { is: "integer", min: 1 },
      },
      ["type"],
    ),
    priority: { is: "integer" },
  },
  ["model", "messages"],
);

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
