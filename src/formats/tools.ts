import { isJsonObject, type JsonObject, parseJson } from "../chat/json.ts";
import type { AssistantMessage, Message, TextPart } from "../chat/message.ts";
import type { FunctionTool } from "../chat/request.ts";
import {
  invalidField,
  isJsonArray,
  optionalObject,
  optionalString,
  requiredObject,
  requiredString,
} from "./fields.ts";
import type { NoticeList } from "./notice-list.ts";
import { objectSchema } from "./object-schema.ts";

/**
 * A function as OpenAI's wire describes it (`{type: "function", function: {…}}`), for dialects that took that over
 * and know no more of it. Throws `invalid_request` naming the member.
 */
export function decodeFunctionTool(wire: JsonObject, at: string): FunctionTool {
  if (wire.type !== undefined && wire.type !== "function") {
    throw invalidField(`${at}.type`, "must be function");
  }
  const definition = requiredObject(wire, "function", at);
  const description = optionalString(definition, "description", `${at}.function`);
  const parameters = optionalObject(definition, "parameters", `${at}.function`);
  return {
    type: "function",
    name: requiredString(definition, "name", `${at}.function`),
    ...(description !== undefined && { description }),
    ...(parameters && { parameters }),
  };
}

/** These dialects require the parameters of a function. */
const NO_PARAMETERS = { type: "object", properties: {} };

export function encodeFunctionTool({ name, description, parameters }: FunctionTool): JsonObject {
  return {
    type: "function",
    function: {
      name,
      ...(description !== undefined && { description }),
      parameters: parameters ?? NO_PARAMETERS,
    },
  };
}

/** What a vendor asks of a tool's parameters. */
export interface ToolSchemaRule {
  /** For notices. */
  readonly vendor: string;
  /** Which names of parameters are taken. */
  readonly names: RegExp;
}

/**
 * Refused otherwise as "Property keys should match pattern '^[a-zA-Z0-9_.-]{1,64}$'".
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use
 */
export const CLAUDE_PARAMETER_NAMES = /^[a-zA-Z0-9_.-]{1,64}$/;

/** One object with parameters that the vendor takes; `at` is the schema's place in the client's request. */
export function toolSchema(
  parameters: JsonObject | undefined,
  at: string,
  { vendor, names }: ToolSchemaRule,
  list: NoticeList,
): JsonObject {
  const { schema, loosened } = objectSchema(parameters);
  if (loosened) {
    list.approximated(at, `${vendor} takes one object: what else it may be stands in words.`);
  }
  const { properties, required } = schema;
  const foreign = Object.keys(isJsonObject(properties) ? properties : {}).filter(
    (name) => !names.test(name),
  );
  if (!isJsonObject(properties) || foreign.length === 0) return schema;
  for (const name of foreign) {
    list.dropped(`${at}.properties.${name}`, `${vendor} takes no parameter of this name.`);
  }
  const kept = Object.entries(properties).filter(([name]) => !foreign.includes(name));
  return {
    ...schema,
    properties: Object.fromEntries(kept),
    ...(isJsonArray(required) && {
      required: required.filter((name) => typeof name !== "string" || !foreign.includes(name)),
    }),
  };
}

/**
 * A call's arguments as the object that most wires take; undefined when they are none. A model that
 * calls a tool without parameters may write nothing, or `null`.
 */
export function toolInput(text: string): JsonObject | undefined {
  const words = text.trim();
  if (words === "" || words === "null") return {};
  try {
    const value = parseJson(words);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** OpenAI takes no longer one back (`string_above_max_length`). */
const MAX_LENGTH = 40;

/** For a tool call that the vendor gave no id: the same in every reading, another in every answer. */
export function madeCallId(answerId: string, n: number): string {
  const place = `call_${n}`;
  const kept = answerId.replace(/[^A-Za-z0-9_-]/g, "").slice(place.length + 1 - MAX_LENGTH);
  return kept === "" ? place : `${place}_${kept}`;
}

/**
 * The conversation with its calls and their results in words, for a model that knows no tools. The
 * messages themselves where there are none.
 */
export function withToolsTold(messages: readonly Message[], list: NoticeList): readonly Message[] {
  if (!messages.some(isOfTools)) return messages;
  list.approximated("messages", "This model knows no tools: calls and results are told in words.");
  const names = new Map<string, string>();
  return messages.map((message): Message => {
    if (message.role === "assistant") return withCallsTold(message, names);
    if (message.role !== "tool") return message;
    const name = names.get(message.callId) ?? message.callId;
    const verb = message.failed ? "failed" : "answered";
    return { role: "user", content: [text(`${name} ${verb}:`), ...message.content] };
  });
}

function isOfTools({ role, content }: Message): boolean {
  return role === "tool" || content.some(({ type }) => type === "tool-call");
}

function withCallsTold(message: AssistantMessage, names: Map<string, string>): AssistantMessage {
  const content = message.content.map((part) => {
    if (part.type !== "tool-call") return part;
    names.set(part.id, part.name);
    return text(`Calls ${part.name} with ${part.arguments.trim() || "{}"}`);
  });
  return { ...message, content };
}

function text(words: string): TextPart {
  return { type: "text", text: words };
}
