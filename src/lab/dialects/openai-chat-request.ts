import type { Desk } from "../dialect.ts";
import { isObject, type JsonObject } from "../json-schema.ts";
import type { FileSeen, Output, Question, Tool, Turn } from "../question.ts";
import { type ChatVendor, checkModel } from "./chat-vendor.ts";
import { checkChatRules, type Message } from "./openai-chat-rules.ts";
import { checkMembers, missing } from "./openai-check.ts";
import { isLenient, OpenAiRefusal } from "./openai-http.ts";

/** A chat request OpenAI would take, in the lab's terms. */
export interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly choices: number;
  readonly question: Question;
  readonly includeUsage: boolean;
  /** Alternatives per token, when log probabilities were asked for. */
  readonly topLogprobs: number | undefined;
  /** Tools came as the older `functions`. */
  readonly functions: boolean;
}

/** `deployment` is the model of an Azure path, which the body need not repeat. */
export function readChatRequest(
  wire: JsonObject,
  desk: Desk,
  deployment: string | undefined,
  vendor: ChatVendor,
): ChatRequest {
  const model = wire["model"] ?? deployment;
  if (model === undefined || model === null || model === "") {
    throw new OpenAiRefusal({ message: "you must provide a model parameter" });
  }
  checkWire({ ...wire, model }, isLenient(deployment ?? model, desk), vendor);
  const name = deployment ?? String(model);
  checkModel(wire, name, vendor);
  checkChatRules(wire);
  return {
    model: name,
    stream: wire["stream"] === true,
    choices: typeof wire["n"] === "number" ? wire["n"] : 1,
    question: questionOf(wire),
    includeUsage:
      isObject(wire["stream_options"]) && wire["stream_options"]["include_usage"] === true,
    topLogprobs: wire["logprobs"] === true ? Number(wire["top_logprobs"] ?? 0) : undefined,
    functions: wire["functions"] !== undefined,
  };
}

function checkWire(wire: JsonObject, lenient: boolean, { members, open }: ChatVendor): void {
  if (wire["messages"] === undefined) throw missing("messages");
  if (!lenient && !open) refuseUnknown(wire, members);
  checkMembers(lenient ? withoutReasoning(wire) : wire, { is: "object", members, open: true }, "");
}

/** Servers that answer with reasoning take it back in the same members. */
function withoutReasoning(wire: JsonObject): JsonObject {
  const { messages } = wire;
  if (!Array.isArray(messages)) return wire;
  const taken = messages.map((message) => {
    if (!isObject(message)) return message;
    const { reasoning_content: _, reasoning_details: __, ...rest } = message;
    return rest;
  });
  return { ...wire, messages: taken };
}

export function refuseUnknown(wire: JsonObject, members: object): void {
  const unknown = Object.keys(wire).filter((name) => !Object.hasOwn(members, name));
  if (unknown.length === 0) return;
  throw new OpenAiRefusal({
    message: `Unrecognized request argument${unknown.length > 1 ? "s" : ""} supplied: ${unknown.join(", ")}`,
  });
}

export function questionOf(wire: JsonObject): Question {
  const messages = wire["messages"] as readonly Message[];
  const maxTokens = wire["max_completion_tokens"] ?? wire["max_tokens"];
  return {
    turns: messages.map(turnOf),
    tools: toolsOf(wire),
    toolChoice: toolChoiceOf(wire["tool_choice"] ?? wire["function_call"]),
    parallelTools: wire["parallel_tool_calls"] !== false && wire["functions"] === undefined,
    output: outputOf(wire["response_format"]),
    stop: stopsOf(wire["stop"]),
    ...(typeof maxTokens === "number" ? { maxTokens } : {}),
  };
}

export function stopsOf(stop: unknown): readonly string[] {
  if (typeof stop === "string") return [stop];
  return Array.isArray(stop) ? stop.map(String) : [];
}

const ROLES = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
  function: "tool",
} as const satisfies Record<Message["role"], Turn["role"]>;

function turnOf(message: Message): Turn {
  const { content } = message;
  const parts = Array.isArray(content) ? content.filter(isObject) : [];
  const texts = parts.map((part) => part["text"]).filter((text) => typeof text === "string");
  return {
    role: ROLES[message.role],
    text: typeof content === "string" ? content : texts.join("\n"),
    files: parts.map(fileOf).filter((file) => file !== undefined),
  };
}

function fileOf(part: JsonObject): FileSeen | undefined {
  const inner = part[String(part["type"])];
  if (!isObject(inner)) return undefined;
  switch (part["type"]) {
    case "image_url":
      return { kind: "image", ...located(String(inner["url"])) };
    case "input_audio":
      return {
        kind: "audio",
        mediaType: `audio/${inner["format"]}`,
        bytes: Buffer.byteLength(String(inner["data"]), "base64"),
      };
    case "file":
      return typeof inner["file_data"] === "string"
        ? { kind: "file", ...located(inner["file_data"]) }
        : { kind: "file", url: String(inner["file_id"]) };
    default:
      return undefined;
  }
}

function located(url: string): Omit<FileSeen, "kind"> {
  const match = /^data:([^;,]+);base64,/.exec(url);
  if (!match) return { url };
  const data = url.slice(match[0].length);
  return { mediaType: match[1] ?? "", bytes: Buffer.from(data, "base64").length };
}

function toolsOf(wire: JsonObject): readonly Tool[] {
  const choice = wire["tool_choice"];
  const allowed =
    isObject(choice) && isObject(choice["allowed_tools"]) ? choice["allowed_tools"] : {};
  const names = Array.isArray(allowed["tools"]) ? allowed["tools"].map(declaredName) : undefined;
  const declared = [...listOf(wire["tools"]), ...listOf(wire["functions"])];
  return declared
    .map((tool): Tool => {
      const name = declaredName(tool);
      if (isObject(tool["custom"])) return { name };
      const declaration = isObject(tool["function"]) ? tool["function"] : tool;
      return { name, schema: declaration["parameters"] ?? { type: "object" } };
    })
    .filter((tool) => names === undefined || names.includes(tool.name));
}

function declaredName(tool: JsonObject): string {
  const inner = tool["function"] ?? tool["custom"] ?? tool;
  return isObject(inner) ? String(inner["name"]) : "";
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function toolChoiceOf(choice: unknown): Question["toolChoice"] {
  if (choice === "none" || choice === "required") return choice;
  if (!isObject(choice)) return "auto";
  const allowed = choice["allowed_tools"];
  if (isObject(allowed)) return allowed["mode"] === "required" ? "required" : "auto";
  return { name: declaredName(choice) };
}

function outputOf(format: unknown): Output {
  if (!isObject(format)) return { type: "text" };
  if (format["type"] === "json_object") return { type: "json" };
  const declared = format["json_schema"];
  if (!isObject(declared)) return { type: "text" };
  return { type: "json-schema", schema: declared["schema"] ?? { type: "object" } };
}
